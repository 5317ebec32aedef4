"""vCard 3.0 and 4.0, in words that phones and desktops understand, each by its value type.

What vCard has no words for goes into one ``X-KITH`` property as JSON, so that our own reader gets
back exactly what was written. Whether the words suffice is not guessed: they are read back.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from itertools import chain
from typing import Any, Final
from urllib.parse import quote

from kith.birthdate import Birthdate
from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import CardBuilder
from kith.contacts.exchange.dates import NO_YEAR, DayOrder, is_empty_date, parse_day
from kith.contacts.exchange.labels import (
    PHONE_TYPES,
    PLACE_TYPES,
    RELATION_TYPES,
    label_of_text,
)
from kith.contacts.exchange.names import apply_full_name, full_name
from kith.contacts.exchange.own_fields import misread_fields, unnamed_fields
from kith.contacts.exchange.vcard.content_lines import (
    escape_text,
    fold_line,
    parse_line,
    quote_parameter,
    unescape_text,
)
from kith.contacts.exchange.vcard.grammar import VcardVersionNumber, is_uri, may_stand_in
from kith.contacts.exchange.vcard.properties import (
    PROPERTY_READERS,
    PropertyContext,
    names_a_group,
    read_unknown,
)

# Texts of `extra` that a property of both versions says, one line for each.
_TEXTS: Final = {
    "role": "ROLE",
    "phonetic_first_name": "X-PHONETIC-FIRST-NAME",
    "phonetic_middle_name": "X-PHONETIC-MIDDLE-NAME",
    "phonetic_last_name": "X-PHONETIC-LAST-NAME",
    "phonetic_company": "X-PHONETIC-ORG",
    "maiden_name": "X-MAIDENNAME",
}
_IN_NAMES: Final = ("middle_name", "name_prefix", "name_suffix")
_ADDRESS: Final = ("street", "city", "region", "postal_code", "country")
_LONGEST_HOST: Final = 253
_OF_URIS: Final = ":/?#[]@!$&'()*+,;=%~"
_UTC_OFFSET: Final = re.compile(r"[+-]\d{2}:?\d{2}")
_POSITION: Final = re.compile(r"(?:geo:)?(-?\d{1,3}(?:\.\d+)?)[;,](-?\d{1,3}(?:\.\d+)?)")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SEX: Final = re.compile(r"([MFONU])(?:;(.*))?", re.DOTALL)

# Names of details, keys of `extra`, and lines that may hold both.
_LinesToTry = tuple[list[str], list[str], Iterable[str]]


def write_vcards(card: Card, version: VcardVersionNumber = "3.0") -> str:
    """One card, folded, with CRLFs."""
    body = _Writer(card, version).lines()
    return "".join(
        fold_line(each) for each in ("BEGIN:VCARD", f"VERSION:{version}", *body, "END:VCARD")
    )


class _Writer:
    """The lines of one card, and which details and keys of `extra` they hold."""

    def __init__(self, card: Card, version: VcardVersionNumber) -> None:
        self._card = card
        self._version = version
        self._is_4 = version == "4.0"
        self._written: set[str] = set()
        self._written_details: set[str] = set()
        self._groups = 0
        self._is_single = True  # the next anniversary
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
        found += self._plain_fields()
        for names, keys, lines in (*self._of_details(), *self._of_extra()):
            found += self._if_read_back(names, keys, list(lines))
        if card.revised_at:
            found.append(f"REV:{card.revised_at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
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
            read.set_detail(key, self._text_of(key))
        apply_full_name(read, shown)
        if not shown or read.extra_text("display_name") != shown:
            return full_name(read)
        self._written.add("display_name")
        return shown

    def _text_of(self, key: str) -> str:
        """A detail that one part of N holds, or nothing."""
        text = self._card.detail(key)
        if not _is_plain(text):
            return ""
        self._written_details.add(key)
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

    def _plain_fields(self) -> Iterator[str]:
        card = self._card
        if card.notes.strip():
            yield f"NOTE:{escape_text(card.notes)}"
        if card.tags and self._read.tags == card.tags:
            yield "CATEGORIES:" + ",".join(escape_text(each) for each in card.tags)
        if card.birthday:
            yield self._bday(card.birthday)
        if card.uid:
            kind = ";VALUE=text" if self._is_4 and not is_uri(card.uid) else ""
            yield f"UID{kind}:{card.uid if self._is_4 and not kind else escape_text(card.uid)}"
        if card.photo_url:
            yield f"PHOTO;VALUE=uri;X-KITH=photo:{card.photo_url}"

    def _bday(self, birthday: Birthdate) -> str:
        if self._is_4:
            return f"BDAY:{_basic_date(birthday)}"
        if birthday.year is None:
            return f"BDAY;X-APPLE-OMIT-YEAR={NO_YEAR}:{replace(birthday, year=NO_YEAR)}"
        return f"BDAY;VALUE=date:{birthday}"

    def _of_details(self) -> Iterator[_LinesToTry]:
        """Details and keys of `extra`, and the lines that may hold them."""
        details, extra = self._card.details, self._card.extra
        yield ["organization"], ["department"], self._org()
        for name, write in (("job_title", self._titles), ("nickname", self._nickname)):
            texts = [getattr(details, name), *_texts(extra.get(name))]
            yield [name], [name], write([each for each in texts if each])
        yield ["addresses"], [], chain.from_iterable(map(self._address, details.addresses))
        yield ["urls"], [], chain.from_iterable(map(self._url, details.urls))
        yield ["messengers"], [], map(self._messenger, details.messengers)
        yield ["relations"], [], chain.from_iterable(map(self._relation, details.relations))

    def _of_extra(self) -> Iterator[_LinesToTry]:
        extra = self._card.extra
        yield [], ["vcard"], _lines(extra.get("vcard"), self._version)
        for key, name in _TEXTS.items():
            yield [], [key], [f"{name}:{escape_text(each)}" for each in _texts(extra.get(key))]
        yield [], ["time_zone"], self._tz(_texts(extra.get("time_zone")))
        for key, write_text in (
            ("gender", self._gender),
            ("position", self._geo),
            ("language", self._lang),
            ("birthday", self._bday_as_text),
            ("death_date", self._deathdate),
        ):
            yield [], [key], write_text(self._card.extra_text(key))
        dates = _objects_of_texts(extra.get("dates"))
        yield [], ["dates"], chain.from_iterable(map(self._date, dates))

    def _if_read_back(self, names: list[str], keys: list[str], lines: list[str]) -> list[str]:
        """The lines of details and keys of `extra`, if our reader makes just that of them."""
        card = self._card
        details: dict[str, Any] = {name: getattr(card.details, name) for name in names}
        extra = {key: card.extra[key] for key in keys if key in card.extra}
        meant = Card(1, details=ContactDetails(**details), extra=extra)
        if not lines or _card_of(lines) != meant:
            return []
        self._written.update(keys)
        self._written_details.update(names)
        return lines

    def _org(self) -> Iterator[str]:
        department = self._card.extra.get("department", "")
        if isinstance(department, str):
            organization = self._card.details.organization or ""
            units = [organization, *(department.split("; ") if department else ())]
            if any(units):
                yield "ORG:" + ";".join(map(escape_text, units))

    def _titles(self, texts: list[str]) -> Iterator[str]:
        for each in texts:
            yield f"TITLE:{escape_text(each)}"

    def _nickname(self, texts: list[str]) -> Iterator[str]:
        if texts:
            yield "NICKNAME:" + ",".join(map(escape_text, texts))

    def _tz(self, texts: list[str]) -> Iterator[str]:
        for each in texts if self._is_4 else texts[:1]:  # 3.0 has one
            kind = "" if self._is_4 or _UTC_OFFSET.fullmatch(each) else ";VALUE=text"
            yield f"TZ{kind}:{escape_text(each)}"

    def _gender(self, text: str) -> Iterator[str]:
        if text and not self._is_4:
            yield f"X-GENDER:{escape_text(text)}"
        elif found := _SEX.fullmatch(text):
            yield f"GENDER:{found[1]}" + (f";{escape_text(found[2])}" if found[2] else "")
        elif text:
            yield f"GENDER:;{escape_text(text)}"

    def _geo(self, text: str) -> Iterator[str]:
        if found := _POSITION.fullmatch(text):
            value = f"geo:{found[1]},{found[2]}" if self._is_4 else f"{found[1]};{found[2]}"
            yield f"GEO{_exactly(text, value)}:{value}"

    def _lang(self, text: str) -> Iterator[str]:
        if self._is_4 and _LANGUAGE.fullmatch(text):
            yield f"LANG:{text}"

    def _bday_as_text(self, text: str) -> Iterator[str]:
        if text and self._is_4 and not self._card.birthday and not is_empty_date(text):
            yield f"BDAY;VALUE=text:{escape_text(text)}"

    def _deathdate(self, text: str) -> Iterator[str]:
        if text and self._is_4 and self._card.deceased:
            day = parse_day(text)
            is_exact = day is not None and day.text == text
            yield (
                f"DEATHDATE:{_basic_date(day.birthdate)}"
                if day and is_exact
                else (f"DEATHDATE;VALUE=text:{escape_text(text)}")
            )

    def _address(self, one: AddressEntry) -> Iterator[str]:
        value = ";;" + ";".join(escape_text(getattr(one, part) or "") for part in _ADDRESS)
        yield from self._with_label("ADR", "", value, one.label, PLACE_TYPES)

    def _url(self, one: UrlEntry) -> Iterator[str]:
        uri = _as_uri(one.url)
        if is_uri(uri):
            exact = _exactly(one.url, uri)
            yield from self._with_label("URL", exact, uri, one.label, PLACE_TYPES)

    def _relation(self, one: RelationEntry) -> Iterator[str]:
        name, kind, types = (
            ("RELATED", ";VALUE=text", RELATION_TYPES)
            if self._is_4
            else ("X-ABRELATEDNAMES", "", {})
        )
        yield from self._with_label(name, kind, escape_text(one.name), one.kind, types)

    def _date(self, one: Mapping[str, str]) -> Iterator[str]:
        """The first anniversary in the words of 4.0, which knows one of a card."""
        text, label = one.get("date", ""), one.get("label")
        day = parse_day(text)
        if self._is_4 and label == "anniversary" and day and day.text == text and self._is_single:
            self._is_single = False
            yield f"ANNIVERSARY:{_basic_date(day.birthdate)}"
        else:
            yield from self._with_label("X-ABDATE", "", escape_text(text), label, {})

    def _messenger(self, one: MessengerEntry) -> str:
        parameter = "SERVICE-TYPE" if self._is_4 else "X-SERVICE-TYPE"
        service = quote_parameter(one.service)
        return f"IMPP;{parameter}={service}:x-apple:{quote(one.handle, safe='@+')}"

    def _own_fields(self) -> Iterator[str]:
        own = unnamed_fields(self._card, without=self._written, details=self._written_details)
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


def _basic_date(day: Birthdate) -> str:
    """ISO 8601 as vCard 4.0 has it: ``19900517``, ``--0517``."""
    return f"--{day.month:02}{day.day:02}" if day.year is None else str(day).replace("-", "")


def _as_uri(address: str) -> str:
    """The address of a page as a URI (RFC 3987, 3.1), ``http`` where it names no scheme."""
    if is_uri(address):
        return address
    scheme, mark, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    try:
        host = host[:_LONGEST_HOST].encode("idna").decode()
    except UnicodeError:
        host = quote(host, safe=_OF_URIS)
    return f"{scheme if mark else 'http'}://{host}{slash}{quote(path, safe=_OF_URIS)}"


def _exactly(text: str, value: str) -> str:
    """The parameter that holds a text where the property's type can hold another one only."""
    return "" if text == value else f";X-KITH-VALUE={quote_parameter(text)}"


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and "\r" not in value


def _texts(value: object) -> list[str]:
    """A text, or the items of a list of texts, else nothing."""
    items: list[str] = value if isinstance(value, list) else [str(value)]
    return items if value is not None and all(map(_is_plain, items)) else []


def _lines(value: object, version: VcardVersionNumber) -> list[str]:
    """The items of a list of lines that may stand in a card of this version, else nothing."""
    items = value if isinstance(value, list) else []
    if all(_is_plain(each) and may_stand_in(each, version) for each in items):
        return items
    return []


def _objects_of_texts(value: object) -> list[dict[str, str]]:
    """The items of a list of objects that hold texts only, else nothing."""
    items = value if isinstance(value, list) else []
    if all(isinstance(one, dict) and all(map(_is_plain, one.values())) for one in items):
        return items
    return []


def _card_of(lines: list[str]) -> Card | None:
    """What our reader would make of these lines, or None where it would not read them all."""
    read = CardBuilder(1)
    found = [line for each in lines if (line := parse_line(each))]
    labels = {each.group: each.text for each in found if each.name == "X-ABLABEL"}
    context = PropertyContext(labels, DayOrder())
    if len(found) < len(lines) or any(map(names_a_group, found)):
        return None
    for line in found:
        PROPERTY_READERS.get(line.name, read_unknown)(read, line, context)
    # That somebody died is said beside, and remarks are for those who import.
    return replace(read.build(), deceased=False, remarks=())
