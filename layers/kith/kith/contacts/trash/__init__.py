"""Deleted contacts: list, restore, purge."""
