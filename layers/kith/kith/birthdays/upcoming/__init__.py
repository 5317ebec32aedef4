"""The list of upcoming birthdays."""
