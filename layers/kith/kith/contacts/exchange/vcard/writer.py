"""vCard 3.0 and 4.0, in words that phones and desktops understand.

What vCard has no words for goes into one ``X-KITH`` property as JSON, so that our own reader gets
back exactly what was written. Whether the words suffice is not guessed: they are read back.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, Literal

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import add_card_tag, own_fields
from kith.contacts.exchange.dates import NO_YEAR, parse_day
from kith.contacts.exchange.labels import PHONE_TYPES, PLACE_TYPES, label_of_text
from kith.contacts.exchange.names import apply_full_name, full_name
from kith.contacts.exchange.vcard.content_lines import (
    escape_text,
    fold_line,
    parse_line,
    quote_parameter,
)
from kith.contacts.exchange.vcard.properties import (
    PROPERTY_READERS,
    TEXT_PROPERTIES,
    PropertyContext,
    read_unknown,
)

VcardVersionNumber = Literal["3.0", "4.0"]

_TEXTS: Final = {key: name for name, key in reversed(TEXT_PROPERTIES.items())}
_IN_NAMES: Final = ("middle_name", "name_prefix", "name_suffix")
_ADDRESS: Final = ("po_box", "extended", "street", "city", "region", "postal_code", "country")


def write_vcards(card: Card, version: VcardVersionNumber = "3.0") -> str:
    """One card, folded, with CRLFs."""
    body = _Writer(card, version).lines()
    return "".join(
        fold_line(each) for each in ("BEGIN:VCARD", f"VERSION:{version}", *body, "END:VCARD")
    )


class _Writer:
    """The lines of one card, and which keys of `extra` they say already."""

    def __init__(self, card: Card, version: VcardVersionNumber) -> None:
        self._card = card
        self._version = version
        self._said: set[str] = set()
        self._groups = 0

    def lines(self) -> list[str]:
        card = self._card
        found = [*self._names()]
        for name, several, types in (
            ("EMAIL", card.emails, PLACE_TYPES),
            ("TEL", card.phones, PHONE_TYPES),
        ):
            for each in several:
                found.extend(self._labelled(name, each, types))
        found += self._texts()
        found += self._birthday()
        found += self._lists()
        if card.uid:
            found.append(f"UID:{escape_text(card.uid)}")
        if card.photo_url:
            found.append(f"PHOTO;VALUE=uri;X-KITH=photo:{card.photo_url}")
        return [*found, *self._ours()]

    def _names(self) -> Iterator[str]:
        card = self._card
        more = [self._text_of(key) for key in _IN_NAMES]
        parts = (card.last_name, card.first_name, *more)
        yield "N:" + ";".join(escape_text(each) for each in parts)
        yield f"FN:{escape_text(self._display_name())}"

    def _display_name(self) -> str:
        """A name of its own for display, if it would be read back as one."""
        shown = self._card.extra.get("display_name")
        if isinstance(shown, str):
            told = Card(1, first_name=self._card.first_name, last_name=self._card.last_name)
            told.extra = {key: self._card.extra.get(key) for key in _IN_NAMES}
            apply_full_name(told, shown)
            if told.extra.get("display_name") == shown:
                self._said.add("display_name")
                return shown
        return full_name(self._card)

    def _text_of(self, key: str) -> str:
        """A text of `extra` that one property holds, or nothing."""
        value = self._card.extra.get(key)
        if not _is_plain(value):
            return ""
        self._said.add(key)
        return str(value)

    def _labelled(
        self, name: str, one: LabelledValue, types: dict[str, tuple[str, ...]]
    ) -> Iterator[str]:
        kind = ";VALUE=text" if one.value.lower().startswith("tel:") else ""
        yield from self._with_label(name, kind, escape_text(one.value), one.label, types)

    def _with_label(
        self,
        name: str,
        parameters: str,
        value: str,
        label: str | None,
        types: dict[str, tuple[str, ...]],
    ) -> Iterator[str]:
        """Apple's groups are how a label of one's own is written, and everybody reads them."""
        if label in types:
            yield f"{name}{parameters};TYPE={','.join(types[label])}:{value}"
        elif not label:
            yield f"{name}{parameters}:{value}"
        elif label_of_text(label) != label:
            yield f"{name}{parameters};X-KITH-LABEL={quote_parameter(label)}:{value}"
        else:
            self._groups += 1
            yield f"item{self._groups}.{name}{parameters}:{value}"
            yield f"item{self._groups}.X-ABLabel:{escape_text(label)}"

    def _texts(self) -> Iterator[str]:
        if _notes_stay(self._card.notes):
            yield f"NOTE:{escape_text(self._card.notes)}"
        company, department = self._text_of("company"), self._text_of("department")
        if company or department:
            yield f"ORG:{escape_text(company)}" + (
                f";{escape_text(department)}" if department else ""
            )
        for key, name in _TEXTS.items():
            if text := self._text_of(key):
                yield f"{name}:{escape_text(text)}"
        if self._card.tags and _tags_stay(self._card.tags):
            yield "CATEGORIES:" + ",".join(escape_text(each) for each in self._card.tags)

    def _birthday(self) -> Iterator[str]:
        text = self._card.birthday
        if not text:
            return
        if self._version == "4.0":
            yield f"BDAY:{text.replace('-', '') if text[0] != '-' else '--' + text[2:4] + text[5:]}"
        elif text.startswith("--"):
            yield f"BDAY;X-APPLE-OMIT-YEAR={NO_YEAR}:{NO_YEAR}{text[1:]}"
        else:
            yield f"BDAY;VALUE=date:{text}"

    def _lists(self) -> Iterator[str]:
        for key, write_one in (
            ("vcard", self._verbatim),
            ("addresses", self._address),
            ("urls", self._url),
            ("relations", self._relation),
            ("dates", self._date),
            ("messengers", self._messenger),
        ):
            value = self._card.extra.get(key)
            lines = [
                line for each in _items(value, of_texts=key == "vcard") for line in write_one(each)
            ]
            if lines and _read_back(lines) == {key: value}:
                self._said.add(key)
                yield from lines

    def _address(self, one: dict[str, Any]) -> Iterator[str]:
        value = ";".join(escape_text(str(one.get(key, ""))) for key in _ADDRESS)
        yield from self._with_label("ADR", "", value, one.get("label"), PLACE_TYPES)

    def _url(self, one: dict[str, Any]) -> Iterator[str]:
        value = escape_text(str(one.get("address", "")))
        yield from self._with_label("URL", "", value, one.get("label"), PLACE_TYPES)

    def _relation(self, one: dict[str, Any]) -> Iterator[str]:
        value = escape_text(str(one.get("name", "")))
        yield from self._with_label("X-ABRELATEDNAMES", "", value, one.get("label"), {})

    def _date(self, one: dict[str, Any]) -> Iterator[str]:
        value = escape_text(str(one.get("date", "")))
        yield from self._with_label("X-ABDATE", "", value, one.get("label"), {})

    def _messenger(self, one: dict[str, Any]) -> Iterator[str]:
        service, handle = str(one.get("service", "")), str(one.get("handle", ""))
        yield f"IMPP;X-SERVICE-TYPE={quote_parameter(service)}:x-apple:{escape_text(handle)}"

    def _verbatim(self, one: str) -> Iterator[str]:
        yield one

    def _ours(self) -> Iterator[str]:
        told = own_fields(self._card, without=self._said)
        if self._card.notes and not _notes_stay(self._card.notes):
            told["notes"] = self._card.notes
        if not _tags_stay(self._card.tags):
            told["tags"] = self._card.tags
        if not _birthday_stays(self._card.birthday):
            told["birthday"] = self._card.birthday
        if told:
            yield f"X-KITH:{escape_text(json.dumps(told, ensure_ascii=False))}"


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and "\r" not in value


def _notes_stay(notes: str) -> bool:
    return bool(notes.strip()) and "\r" not in notes


def _tags_stay(tags: list[str]) -> bool:
    told = Card(1)
    for each in tags:
        add_card_tag(told, each)
    return told.tags == tags


def _birthday_stays(birthday: str | None) -> bool:
    """A year that usually stands for none is a year all the same, where we were told it."""
    day = parse_day(birthday) if birthday else None
    return not birthday or (day is not None and day.text == birthday)


def _items(value: Any, *, of_texts: bool) -> list[Any]:
    """The items of a list that is of one kind: all lines, or all objects of texts."""
    if not isinstance(value, list):
        return []
    fits = _is_line if of_texts else _is_object_of_texts
    return value if all(fits(each) for each in value) else []


def _is_line(one: Any) -> bool:
    return _is_plain(one) and "\n" not in one


def _is_object_of_texts(one: Any) -> bool:
    return isinstance(one, dict) and all(_is_plain(each) for each in one.values())


def _read_back(lines: list[str]) -> dict[str, Any]:
    """The `extra` that our reader would make of these lines."""
    told = Card(1, first_name="x")
    found = [line for each in lines if (line := parse_line(each))]
    context = PropertyContext({each.group: each.text for each in found if each.name == "X-ABLABEL"})
    if len(found) < len(lines):
        return {}
    for line in found:
        PROPERTY_READERS.get(line.name, read_unknown)(told, line, context)
    return told.extra if _nothing_else(told) else {}


def _nothing_else(told: Card) -> bool:
    return told == Card(1, first_name="x", extra=told.extra)
