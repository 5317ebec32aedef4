"""The cursor of a page of upcoming birthdays."""

from kith.birthdays.cursor_values import decode_date, is_storable
from kith.birthdays.upcoming.service import UpcomingPosition
from kith.contacts.repository import MAX_CONTACT_ID
from kith.http.pagination import CursorInvalid, decode_cursor, encode_cursor


def encode_upcoming_cursor(last: UpcomingPosition) -> str:
    """A cursor behind the contact at ``last``."""
    return encode_cursor([last.day.isoformat(), last.sort_name, last.id])


def decode_upcoming_cursor(cursor: str) -> UpcomingPosition:
    """The last contact of the page before.

    Raises:
        CursorInvalid: it is none of ours.
    """
    day, sort_name, contact_id = decode_cursor(cursor, (str, str, int))
    if not is_storable(sort_name) or not 0 <= contact_id <= MAX_CONTACT_ID:
        raise CursorInvalid
    return UpcomingPosition(decode_date(day), sort_name, contact_id)
