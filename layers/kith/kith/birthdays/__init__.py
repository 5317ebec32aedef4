"""Birthdays: when the next one is, and who is told of it."""
