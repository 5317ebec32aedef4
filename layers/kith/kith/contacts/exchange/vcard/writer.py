"""vCard 3.0 and 4.0, in words that phones and desktops understand.

What vCard has no words for goes into one ``X-KITH`` property as JSON, so that our own reader gets
back exactly what was written. Whether the words suffice is not guessed: they are read back.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import CardBuilder
from kith.contacts.exchange.dates import NO_YEAR, DayOrder, parse_day
from kith.contacts.exchange.labels import PHONE_TYPES, PLACE_TYPES, label_of_text
from kith.contacts.exchange.names import apply_full_name, full_name
from kith.contacts.exchange.own_fields import misread_fields, unnamed_fields
from kith.contacts.exchange.vcard.content_lines import (
    escape_text,
    fold_line,
    parse_line,
    quote_parameter,
    unescape_text,
)
from kith.contacts.exchange.vcard.properties import (
    PROPERTY_READERS,
    TEXT_PROPERTIES,
    PropertyContext,
    names_a_group,
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
    """The lines of one card, and which keys of `extra` they hold already."""

    def __init__(self, card: Card, version: VcardVersionNumber) -> None:
        self._card = card
        self._version = version
        self._written: set[str] = set()
        self._groups = 0
        self._read = _read_back(card)

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
        return [*found, *self._own_fields()]

    def _names(self) -> Iterator[str]:
        card = self._card
        more = [self._text_of(key) for key in _IN_NAMES]
        parts = (card.last_name, card.first_name, *more)
        yield "N:" + ";".join(escape_text(each) for each in parts)
        yield f"FN:{escape_text(self._display_name())}"

    def _display_name(self) -> str:
        """A name of its own for display, if it would be read back as one."""
        shown = self._card.extra_text("display_name")
        read = CardBuilder(1)
        read.first_name, read.last_name = self._card.first_name, self._card.last_name
        for key in _IN_NAMES:
            read.keep(key, self._text_of(key))
        apply_full_name(read, shown)
        if not shown or read.extra_text("display_name") != shown:
            return full_name(read)
        self._written.add("display_name")
        return shown

    def _text_of(self, key: str) -> str:
        """A text of `extra` that one property holds, or nothing."""
        text = self._card.extra_text(key)
        if not _is_plain(text):
            return ""
        self._written.add(key)
        return text

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
        if self._card.notes.strip():
            yield f"NOTE:{escape_text(self._card.notes)}"
        company, department = self._text_of("company"), self._text_of("department")
        if company or department:
            yield f"ORG:{escape_text(company)}" + (
                f";{escape_text(department)}" if department else ""
            )
        for key, name in _TEXTS.items():
            if text := self._text_of(key):
                yield f"{name}:{escape_text(text)}"
        if self._card.tags and self._read.tags == self._card.tags:
            yield "CATEGORIES:" + ",".join(escape_text(each) for each in self._card.tags)

    def _birthday(self) -> Iterator[str]:
        if not self._card.birthday:
            return
        text = str(self._card.birthday)
        if self._version == "4.0":
            yield f"BDAY:{text.replace('-', '') if text[0] != '-' else '--' + text[2:4] + text[5:]}"
        elif text.startswith("--"):
            yield f"BDAY;X-APPLE-OMIT-YEAR={NO_YEAR}:{NO_YEAR}{text[1:]}"
        else:
            yield f"BDAY;VALUE=date:{text}"

    def _lists(self) -> Iterator[str]:
        yield from self._if_read_back("vcard", _lines(self._card.extra.get("vcard")))
        for key, write in (
            ("addresses", self._address),
            ("urls", self._url),
            ("relations", self._relation),
            ("dates", self._date),
            ("messengers", self._messenger),
        ):
            objects = _objects_of_texts(self._card.extra.get(key))
            yield from self._if_read_back(key, [line for one in objects for line in write(one)])

    def _if_read_back(self, key: str, lines: list[str]) -> list[str]:
        """The lines of a key of `extra`, if our reader makes of them what is there."""
        if not lines or _extra_of(lines) != {key: self._card.extra[key]}:
            return []
        self._written.add(key)
        return lines

    def _address(self, one: Mapping[str, str]) -> Iterator[str]:
        value = ";".join(escape_text(one.get(key, "")) for key in _ADDRESS)
        yield from self._with_label("ADR", "", value, one.get("label"), PLACE_TYPES)

    def _url(self, one: Mapping[str, str]) -> Iterator[str]:
        value = escape_text(one.get("address", ""))
        yield from self._with_label("URL", "", value, one.get("label"), PLACE_TYPES)

    def _relation(self, one: Mapping[str, str]) -> Iterator[str]:
        value = escape_text(one.get("name", ""))
        yield from self._with_label("X-ABRELATEDNAMES", "", value, one.get("label"), {})

    def _date(self, one: Mapping[str, str]) -> Iterator[str]:
        value = escape_text(one.get("date", ""))
        yield from self._with_label("X-ABDATE", "", value, one.get("label"), {})

    def _messenger(self, one: Mapping[str, str]) -> Iterator[str]:
        service, handle = quote_parameter(one.get("service", "")), one.get("handle", "")
        yield f"IMPP;X-SERVICE-TYPE={service}:x-apple:{escape_text(handle)}"

    def _own_fields(self) -> Iterator[str]:
        own = unnamed_fields(self._card, without=self._written)
        own |= misread_fields(self._card, self._read)
        if own:
            yield f"X-KITH:{escape_text(json.dumps(own, ensure_ascii=False))}"


def _read_back(card: Card) -> Card:
    """What our reader understands of the lines that hold tags, notes and the birthday.

    A year that usually stands for none is a year all the same, where it was given to us.
    """
    read = CardBuilder(1)
    for each in card.tags:
        read.add_group(each)
    read.add_notes(unescape_text(escape_text(card.notes)))
    if card.birthday:
        text = str(card.birthday)
        read.add_birthday(parse_day(text), text)
    return read.build()


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and "\r" not in value


def _lines(value: object) -> list[str]:
    """The items of a list of single lines, else nothing."""
    if isinstance(value, list) and all(_is_plain(each) and "\n" not in each for each in value):
        return value
    return []


def _objects_of_texts(value: object) -> list[dict[str, str]]:
    """The items of a list of objects that hold texts only, else nothing."""
    items = value if isinstance(value, list) else []
    if all(isinstance(one, dict) and all(map(_is_plain, one.values())) for one in items):
        return items
    return []


def _extra_of(lines: list[str]) -> Mapping[str, object]:
    """The `extra` that our reader would make of these lines, if it makes nothing else of them."""
    read = CardBuilder(1)
    found = [line for each in lines if (line := parse_line(each))]
    labels = {each.group: each.text for each in found if each.name == "X-ABLABEL"}
    context = PropertyContext(labels, DayOrder())
    if len(found) < len(lines) or any(map(names_a_group, found)):
        return {}
    for line in found:
        PROPERTY_READERS.get(line.name, read_unknown)(read, line, context)
    card = read.build()
    return card.extra if card == Card(1, extra=card.extra) else {}
