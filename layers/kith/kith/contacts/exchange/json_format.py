"""Our own JSON: what the API shows of each contact, and the uid that finds it again."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.card_builder import CardBuilder, decode_json
from kith.contacts.exchange.names import fill_missing_name
from kith.errors import Invalid, Unreadable

# What the API shows, but nobody writes: it follows from the rest, or from the moment.
_SHOWN_ONLY: Final = frozenset(
    {
        "id",
        "email",
        "phone",
        "age",
        "next_birthday",
        "turns",
        "days_until_birthday",
        "photo_url",
        "created_at",
        "etag",
    }
)


_SHOWN: Final = frozenset({"address", "number", "label", "id", "e164", "extension"})
_LOST: Final = re.compile(r"\ufffd|\\ufffd", re.IGNORECASE)


class NotAnExport(Invalid):
    code = "not_a_list_of_contacts"
    detail = 'The file must be {"contacts": [...]}, as the export writes it, or the list alone.'


def read_json(text: str) -> Iterator[Card]:
    """The contacts of a file: ``{"contacts": [...]}``, or the list alone.

    Raises:
        Unreadable: this is no JSON.
        NotAnExport: it is JSON, but neither of the two.
    """
    try:
        found = decode_json(text)
    except ValueError:
        raise Unreadable("The body is not valid JSON.") from None
    items = found.get("contacts", found.get("items")) if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise NotAnExport
    is_damaged = _LOST.search(text) is not None
    return (_read_one(number, item, is_damaged=is_damaged) for number, item in enumerate(items, 1))


def _read_one(number: int, item: object, *, is_damaged: bool) -> Card:
    card = CardBuilder(number)
    if is_damaged:
        card.check_decoded(json.dumps(item, ensure_ascii=False))
    if not isinstance(item, dict):
        return card.failed("not_an_object")
    _read_list(card, item, "emails", "address", card.add_email)
    _read_list(card, item, "phones", "number", card.add_phone)
    for name, value in item.items():
        if name not in _SHOWN_ONLY and value not in (None, "") and not _read(card, name, value):
            card.keep(name, value)
            card.remark("kept_in_extra")
    fill_missing_name(card)
    return card.build()


def _read(card: CardBuilder, name: str, value: object) -> bool:
    """Read a member into its field; false where it has another name or shape."""
    match name, value:
        case (("emails" | "phones"), _):
            return True
        case (("first_name" | "last_name" | "uid"), str(text)):
            setattr(card, name, text.strip())
            return True
        case _:  # a contact's own fields have the same names as what our other exports add
            return card.add_own_field(name, value)


def _read_list(
    card: CardBuilder,
    item: Mapping[str, object],
    name: str,
    key: str,
    add: Callable[[str, str | None], None],
) -> None:
    listed = item.get(name) or item.get(name.removesuffix("s")) or []
    for one in listed if isinstance(listed, list) else [listed]:
        known = one if isinstance(one, dict) else {key: one}
        value, label = known.get(key), known.get("label")
        if isinstance(value, str):
            add(value, label if isinstance(label, str) else None)
        if not isinstance(value, str) or not isinstance(label, str | None) or known.keys() - _SHOWN:
            card.keep_in_list(name, one)
            card.remark("kept_in_extra")
