"""Values inside the cursors of this package, checked: a cursor may be forged."""

from datetime import date

from kith.http.pagination import CursorInvalid


def decode_date(text: str) -> date:
    """Raises CursorInvalid unless the text is an ISO 8601 date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CursorInvalid from None


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold the text: no NUL, no lone surrogates."""
    return "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
