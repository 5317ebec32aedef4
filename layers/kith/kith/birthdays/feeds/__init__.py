"""Calendar feeds (iCalendar)."""
