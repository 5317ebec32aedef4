"""Bulk actions on many contacts."""
