"""Birthdays: the upcoming ones, calendar feeds, and reminders."""
