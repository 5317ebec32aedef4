"""Duplicates, merging contacts, and undoing a merge."""
