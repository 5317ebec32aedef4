"""The cursor of a page of the reminder history."""

from typing import Final

from kith.birthdays.cursor_values import decode_date
from kith.birthdays.reminders.history import HistoryPosition
from kith.contacts.repository import MAX_CONTACT_ID
from kith.http.pagination import CursorInvalid, decode_cursor, encode_cursor

_MAX_LEAD: Final = 2**15 - 1


def encode_history_cursor(position: HistoryPosition) -> str:
    return encode_cursor([position.local_date.isoformat(), position.contact_id, position.lead])


def decode_history_cursor(cursor: str) -> HistoryPosition:
    """The last reminder of the page before.

    Raises:
        CursorInvalid: it was not made by ``encode_history_cursor``.
    """
    day, contact_id, lead = decode_cursor(cursor, (str, int, int))
    if not (0 <= contact_id <= MAX_CONTACT_ID and 0 <= lead <= _MAX_LEAD):
        raise CursorInvalid
    return HistoryPosition(decode_date(day), contact_id, lead)
