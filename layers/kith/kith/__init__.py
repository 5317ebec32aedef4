"""Kith: a serverless address book that never forgets a birthday."""

__version__ = "0.1.0"
