"""Kith: a serverless address book that never forgets a birthday."""
