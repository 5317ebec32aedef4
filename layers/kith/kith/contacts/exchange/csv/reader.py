"""CSV as Google, Outlook, iCloud, Thunderbird and we ourselves export it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import add_card_tag, apply_birthday, apply_own_fields
from kith.contacts.exchange.csv.columns import IGNORED_COLUMN, ColumnMeaning, column_meaning
from kith.contacts.exchange.csv.injection import restore_formula
from kith.contacts.exchange.csv.records import CsvRecord, csv_records
from kith.contacts.exchange.dates import day_comes_first, is_empty_date, parse_day
from kith.contacts.exchange.labels import label_of_text
from kith.contacts.exchange.names import apply_full_name, fill_missing_name
from kith.errors import Invalid

_SEVERAL: Final = " ::: "  # Google's mark between values that share a column
_TELLING: Final = {"first_name", "last_name", "full_name", "email", "phone"}
_STREETS: Final = ("street", "street 2", "street 3")
_ADDRESS: Final = ("street", "extended", "po_box", "city", "region", "postal_code", "country")


class CsvHeaderUnknown(Invalid):
    code = "csv_header_unknown"
    detail = "The first row names no column with names, e-mail addresses or phone numbers."


@dataclass(slots=True)
class _Told:
    """One thing that several columns tell together, such as an address."""

    label: str | None = None
    parts: dict[str, str] = field(default_factory=dict)


_Things = dict[tuple[str, str], _Told]


@dataclass(frozen=True, slots=True)
class _Table:
    """What is known of the whole file before its rows are read."""

    headers: list[str]
    columns: list[ColumnMeaning]
    is_ours: bool
    day_first: bool


def read_csv(text: str, *, most: int | None = None) -> Iterator[Card]:
    """The people of a file, in its order; never more than ``most`` and one.

    Raises:
        HeaderUnknown: this is no list of people, as far as its first row tells.
    """
    rows = list(islice(csv_records(text), most and most + 2))
    if not rows:
        return
    table = _table(rows[0].values, rows[1:])
    for row in rows[1:]:
        yield _read_one(table, row)


def _table(headers: list[str], rows: list[CsvRecord]) -> _Table:
    columns = [column_meaning(each) for each in headers]
    if not any(each.kind in _TELLING for each in columns):
        raise CsvHeaderUnknown
    days = [
        value
        for row in rows
        for column, value in zip(columns, row.values, strict=False)
        if column.kind in {"birthday", "anniversary"}
    ]
    is_ours = any(each.kind == "ours" for each in columns)
    return _Table(headers, columns, is_ours, day_comes_first(days))


def _read_one(table: _Table, row: CsvRecord) -> Card:
    card = Card(row.line)
    if not row.values:
        card.trouble = "quote_never_closed"
        return card
    if len(row.values) > len(table.columns):
        card.keep("more_columns", [each for each in row.values[len(table.columns) :] if each])
    things = _things(table, row.values, card)
    for (kind, _), told in things.items():
        _TAKERS.get(kind, _take_nothing)(card, told, table)
    _finish(card, things, table)
    return card


def _things(table: _Table, values: list[str], card: Card) -> _Things:
    things: _Things = {}
    for header, column, raw in zip(table.headers, table.columns, values, strict=False):
        value = restore_formula(raw) if table.is_ours else raw
        if column.kind == "unknown":
            _keep_unknown(card, header, value)
        elif column.kind == "extra":
            card.keep(column.slot, value if table.is_ours else value.strip())
        elif value:
            told = things.setdefault((column.kind, column.slot), _Told(column.label))
            told.parts[column.part] = value
    return things


def _keep_unknown(card: Card, header: str, value: str) -> None:
    silent = IGNORED_COLUMN.get(header.strip().lower(), set())
    if value.strip().lower() not in silent:
        card.keep(header.strip() or "column", value.strip())


def _value(things: _Things, kind: str) -> str:
    told = things.get((kind, ""))
    return told.parts.get("value", "") if told else ""


def _finish(card: Card, things: _Things, table: _Table) -> None:
    card.first_name = _value(things, "first_name").strip()
    card.last_name = _value(things, "last_name").strip()
    card.uid = _value(things, "uid") or None
    _take_parts_of_birthday(card, things)
    if ours := _value(things, "ours"):
        _take_ours(card, ours)
    if not table.is_ours:
        apply_full_name(card, _value(things, "full_name"))
    fill_missing_name(card)


def _take_ours(card: Card, text: str) -> None:
    try:
        apply_own_fields(card, json.loads(text))
    except ValueError:
        card.keep("kith", text)


def _take_parts_of_birthday(card: Card, things: _Things) -> None:
    year, month, day = (_value(things, f"birth_{each}") for each in ("year", "month", "day"))
    if not month and not day:
        return
    text = f"{year.zfill(4) if year else '-'}-{month.zfill(2)}-{day.zfill(2)}"
    apply_birthday(card, parse_day(text), text)


def _take_nothing(_card: Card, _told: _Told, _table: _Table) -> None:
    """What is looked at once the whole row is known."""


def _take_phone(card: Card, told: _Told, table: _Table) -> None:
    for each in _labelled(told, table):
        card.add_phone(*each)


def _take_email(card: Card, told: _Told, table: _Table) -> None:
    for each in _labelled(told, table):
        card.add_email(*each)


def _labelled(told: _Told, table: _Table) -> Iterator[LabelledValue]:
    value, label = told.parts.get("value", ""), told.parts.get("label", "")
    if table.is_ours:
        yield LabelledValue(value, label or None)
        return
    for each in value.split(_SEVERAL):
        yield LabelledValue(each, told.label or label_of_text(label))


def _take_birthday(card: Card, told: _Told, table: _Table) -> None:
    text = told.parts["value"]
    apply_birthday(card, parse_day(text, day_first=table.day_first), text)


def _take_anniversary(card: Card, told: _Told, table: _Table) -> None:
    _keep_day(card, told.parts["value"], "anniversary", table)


def _keep_day(card: Card, text: str, label: str, table: _Table) -> None:
    day = parse_day(text, day_first=table.day_first)
    if not is_empty_date(text):
        card.keep_in_list("dates", {"date": day.text if day else text.strip(), "label": label})


def _take_notes(card: Card, told: _Told, _table: _Table) -> None:
    card.add_notes(told.parts["value"])


def _take_tags(card: Card, told: _Told, table: _Table) -> None:
    text = told.parts["value"]
    if table.is_ours:
        for each in text.split(_SEVERAL):
            card.add_tag(each)
        return
    mark = next((each for each in (_SEVERAL, ";", ",") if each in text), _SEVERAL)
    for each in text.split(mark):
        add_card_tag(card, each)


def _take_photo(card: Card, told: _Told, _table: _Table) -> None:
    card.keep("photo", told.parts["value"].strip())


def _take_address(card: Card, told: _Told, table: _Table) -> None:
    parts = {key: text.strip() for key, text in told.parts.items() if text.strip()}
    streets = [parts[key] for key in _STREETS if key in parts]
    if streets:
        parts["street"] = "\n".join(streets)
    address = {key: parts[key] for key in _ADDRESS if key in parts}
    if not address and "formatted" in parts:
        address = {"street": parts["formatted"]}
    if address:
        card.keep_in_list("addresses", address | _label(told, table))


def _label(told: _Told, table: _Table) -> dict[str, str]:
    word = told.parts.get("label", "")
    label = told.label or (word if table.is_ours else label_of_text(word))
    return {"label": label} if label else {}


def _take_website(card: Card, told: _Told, table: _Table) -> None:
    _keep_labelled(card, "urls", "address", told, table)


def _take_relation(card: Card, told: _Told, table: _Table) -> None:
    _keep_labelled(card, "relations", "name", told, table)


def _keep_labelled(card: Card, key: str, of: str, told: _Told, table: _Table) -> None:
    if value := told.parts.get("value", "").strip():
        card.keep_in_list(key, {of: value} | _label(told, table))


def _take_event(card: Card, told: _Told, table: _Table) -> None:
    if value := told.parts.get("value", ""):
        _keep_day(card, value, _label(told, table).get("label", "date"), table)


def _take_messenger(card: Card, told: _Told, _table: _Table) -> None:
    if handle := told.parts.get("value", "").strip():
        service = told.parts.get("service", "").strip()
        card.keep_in_list("messengers", {"service": service, "handle": handle})


def _take_custom(card: Card, told: _Told, _table: _Table) -> None:
    card.keep(told.parts.get("label", "custom").strip(), told.parts.get("value", "").strip())


_TAKERS: Final = {
    "phone": _take_phone,
    "email": _take_email,
    "birthday": _take_birthday,
    "anniversary": _take_anniversary,
    "notes": _take_notes,
    "tags": _take_tags,
    "photo": _take_photo,
    "address": _take_address,
    "website": _take_website,
    "relation": _take_relation,
    "event": _take_event,
    "messenger": _take_messenger,
    "custom": _take_custom,
}
