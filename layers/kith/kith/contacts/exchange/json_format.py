"""Our own JSON: what the API shows of each contact, and the uid that finds it again."""

import json
from collections.abc import Iterator
from typing import Any, Final

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import apply_own_fields, fits_field
from kith.contacts.exchange.names import fill_missing_name
from kith.errors import Invalid, Unreadable

_LISTS: Final = {"emails": "address", "phones": "number"}
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
        "updated_at",
        "etag",
    }
)
_NAMES: Final = ("first_name", "last_name")


class NotAnExport(Invalid):
    code = "not_a_list_of_contacts"
    detail = 'The file must be {"contacts": [...]}, as the export writes it, or the list alone.'


def read_json(text: str) -> Iterator[Card]:
    """The contacts of a file: ``{"contacts": [...]}``, or the list alone.

    Raises:
        Unreadable: this is no JSON.
        NotOurs: it is JSON, but neither of the two.
    """
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not valid JSON.") from None
    items = found.get("contacts", found.get("items")) if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise NotAnExport
    return (_read_one(number, item) for number, item in enumerate(items, 1))


def _refuse(name: str) -> None:
    raise ValueError(name)


def _read_one(number: int, item: Any) -> Card:
    card = Card(number)
    if not isinstance(item, dict):
        card.trouble = "not_an_object"
        return card
    card.first_name, card.last_name = _text(item, "first_name"), _text(item, "last_name")
    card.uid = _text(item, "uid") or None
    for name, key in _LISTS.items():
        _take_list(card, item, name, key)
    # A contact's own fields have the same names as what our other exports add.
    apply_own_fields(card, item)
    _keep_the_rest(card, item)
    fill_missing_name(card)
    return card


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""


def _take_list(card: Card, item: dict[str, Any], name: str, key: str) -> None:
    several: list[LabelledValue] = getattr(card, name)
    listed = item.get(name) or item.get(name.removesuffix("s")) or []
    for one in listed if isinstance(listed, list) else [listed]:
        label = one.get("label") if isinstance(one, dict) else None
        value = one.get(key) if isinstance(one, dict) else one
        if isinstance(value, str):
            several.append(LabelledValue(value.strip(), label if isinstance(label, str) else None))
        else:
            card.keep_in_list(name, one)


def _keep_the_rest(card: Card, item: dict[str, Any]) -> None:
    """What is unknown, and what is known but has another shape than its field."""
    for key, value in item.items():
        if key in _SHOWN_ONLY or key in _LISTS or key == "uid" or value in (None, ""):
            continue
        is_name = key in _NAMES and isinstance(value, str)
        if not is_name and not fits_field(key, value):
            card.keep(key, value)
            card.remark("kept_in_extra")
