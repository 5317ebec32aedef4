"""What the last file said of a person, as JSON, so that the next one shows what it has changed."""

import hashlib
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.updater import CONTENT_FIELDS, EMPTY_CARD
from kith.json_types import JsonObject

_PHOTO: Final = "photo"  # of a photo only its digest is remembered


def remember_card(card: Card, photo: bytes | None) -> JsonObject:
    """The fields that are not empty, and the digest of the photo."""
    written: dict[str, Any] = _adapter().dump_python(
        card, mode="json", include=set(CONTENT_FIELDS), exclude_defaults=True
    )
    return {**written, _PHOTO: photo_digest(photo)} if photo else written


def recall_card(remembered: JsonObject | None) -> Card:
    """The card that was remembered; an empty one where there is none."""
    if not remembered:
        return EMPTY_CARD
    known = {name: remembered[name] for name in CONTENT_FIELDS if name in remembered}
    return _adapter().validate_python({"line": 0, **known})


def photo_digest(photo: bytes | None) -> str | None:
    return hashlib.sha256(photo).hexdigest() if photo else None


def is_photo_known(remembered: JsonObject | None, photo: bytes | None) -> bool:
    """Whether the last file had this photo."""
    return (remembered or {}).get(_PHOTO) == photo_digest(photo)


@cache
def _adapter() -> TypeAdapter[Card]:
    return TypeAdapter(Card)
