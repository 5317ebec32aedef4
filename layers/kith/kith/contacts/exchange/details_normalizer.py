"""The details of a card inside the bounds of the API; what does not fit is put aside in `extra`."""

from dataclasses import asdict
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from kith.contacts.details.entities import (
    DETAIL_ENTRIES,
    DETAIL_NAMES,
    DETAIL_TEXTS,
    ContactDetails,
    DetailEntry,
)
from kith.contacts.details.schemas import (
    AddressWrite,
    MessengerWrite,
    RelationWrite,
    UrlWrite,
)
from kith.contacts.exchange.card_builder import ExtraBuilder
from kith.contacts.exchange.line_texts import CONTROL_IN_TEXT, one_line
from kith.contacts.fields import MAX_DETAILS, NonBlankLine

_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 10_000
_SEVERAL_LINES: Final = frozenset({"how_we_met", "street"})
_WRITTEN: Final = {
    "addresses": AddressWrite,
    "urls": UrlWrite,
    "messengers": MessengerWrite,
    "relations": RelationWrite,
}
_line: Final = TypeAdapter[str](NonBlankLine)


def details_payload(details: ContactDetails) -> dict[str, Any]:
    """All details as `ContactCreate` takes them, those that are empty too."""
    payload: dict[str, Any] = {name: getattr(details, name) or None for name in DETAIL_NAMES}
    for name, schema in _WRITTEN.items():
        if entries := payload[name]:
            payload[name] = [schema(**_written(each)) for each in entries]
    if payload["gift_ideas"]:
        payload["gift_ideas"] = list(payload["gift_ideas"])
    return payload


def fit_details(details: ContactDetails, aside: ExtraBuilder) -> ContactDetails:
    """The details without what cannot be stored; what is too long or too much goes to `extra`."""
    fitted: dict[str, Any] = {}
    for name in DETAIL_NAMES:
        value = getattr(details, name)
        if not value:
            continue
        is_text = name in DETAIL_TEXTS
        fitted[name] = _text(name, value, aside) if is_text else _entries(name, value, aside)
    return ContactDetails(**fitted)


def _text(name: str, value: str, aside: ExtraBuilder) -> str | None:
    text, most = _storable_text(name, value), _LONGEST_LINE
    if name in _SEVERAL_LINES:
        most = _LONGEST_TEXT
    if len(text) > most:
        aside.keep(f"{name}_in_full", text)
        aside.remark(f"{name}_shortened")
    return text[:most].strip() or None


def _entries(
    name: str, entries: tuple[DetailEntry | str, ...], aside: ExtraBuilder
) -> tuple[DetailEntry | str, ...]:
    fitting: list[DetailEntry | str] = []
    for each in entries:
        entry = _storable(name, each)
        if len(fitting) < MAX_DETAILS and _is_acceptable(name, entry):
            fitting.append(entry)
        else:
            aside.keep_in_list(name, each if isinstance(each, str) else _members(each))
            aside.remark(f"{name}_kept_in_extra")
    return tuple(dict.fromkeys(fitting))


def _storable(name: str, entry: DetailEntry | str) -> DetailEntry | str:
    if isinstance(entry, str):
        return one_line(entry)
    members: dict[str, Any] = {
        key: _storable_text(key, value) if isinstance(value, str) else value
        for key, value in asdict(entry).items()
    }
    return DETAIL_ENTRIES[name](**members)


def _storable_text(name: str, text: str) -> str:
    return CONTROL_IN_TEXT.sub("", text).strip() if name in _SEVERAL_LINES else one_line(text)


def _is_acceptable(name: str, entry: DetailEntry | str) -> bool:
    try:
        if isinstance(entry, str):
            _line.validate_python(entry)
        else:
            _WRITTEN[name](**_written(entry))
    except ValidationError:
        return False
    return True


def _written(entry: DetailEntry) -> dict[str, Any]:
    """An entry as it is sent: another contact by its id alone."""
    members = asdict(entry)
    return members | {"name": None} if members.get("contact_id") else members


def _members(entry: DetailEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value is not None}
