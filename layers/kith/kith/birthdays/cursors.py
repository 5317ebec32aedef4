"""Where a page of birthdays or of reminders begins, as an opaque text of ours."""

from datetime import date
from typing import Final

from kith.birthdays import history, upcoming
from kith.http.paging import CursorInvalid, read_cursor

_LARGEST_ID: Final = 2**31 - 1
_LARGEST_LEAD: Final = 2**15 - 1


def read_upcoming(cursor: str) -> upcoming.After:
    """The last contact of the page before.

    Raises:
        CursorInvalid: it is none of ours.
    """
    day, sort_name, contact_id = read_cursor(cursor, (str, str, int))
    if not _storable(sort_name) or not 0 <= contact_id <= _LARGEST_ID:
        raise CursorInvalid
    return upcoming.After(_day(day), sort_name, contact_id)


def read_history(cursor: str) -> history.After:
    """The last reminder of the page before.

    Raises:
        CursorInvalid: it is none of ours.
    """
    day, contact_id, lead = read_cursor(cursor, (str, int, int))
    if not (0 <= contact_id <= _LARGEST_ID and 0 <= lead <= _LARGEST_LEAD):
        raise CursorInvalid
    return history.After(_day(day), contact_id, lead)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CursorInvalid from None


def _storable(text: str) -> bool:
    """Whoever forges a cursor must not reach what PostgreSQL cannot hold."""
    return "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
