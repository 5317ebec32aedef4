"""CSV as Google, Outlook, iCloud, Thunderbird and we ourselves export it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from kith.contacts.details.entities import (
    DETAIL_TEXTS,
    UNKNOWN_RELATION,
    UNKNOWN_SERVICE,
    AddressEntry,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import CardBuilder
from kith.contacts.exchange.csv.columns import (
    IGNORED_COLUMN,
    ColumnMeaning,
    column_meanings,
    field_of,
)
from kith.contacts.exchange.csv.injection import restore_formula
from kith.contacts.exchange.csv.records import CsvRecord, csv_records
from kith.contacts.exchange.dates import DayOrder, FileOrigin, day_order, parse_day
from kith.contacts.exchange.labels import RELATION_TYPES, label_of_text
from kith.contacts.exchange.names import apply_full_name, fill_missing_name
from kith.errors import Invalid

_UNKNOWN: Final = FileOrigin()
_SEVERAL: Final = " ::: "  # Google's mark between values that share a column
_PEOPLE: Final = {"first_name", "last_name", "full_name", "email", "phone"}
_STREETS: Final = ("street", "street 2", "street 3", "extended", "po_box")
_ADDRESS: Final = ("street", "city", "region", "postal_code", "country")


class CsvHeaderUnknown(Invalid):
    code = "csv_header_unknown"
    detail = "The first row names no column with names, e-mail addresses or phone numbers."


@dataclass(slots=True)
class _Cells:
    """The cells of one thing, such as an address, by the part of it that each holds."""

    label: str | None = None
    parts: dict[str, str] = field(default_factory=dict)


_Row = dict[tuple[str, str], _Cells]


@dataclass(frozen=True, slots=True)
class _Table:
    """What is known of the whole file before its rows are read."""

    headers: list[str]
    columns: list[ColumnMeaning]
    is_ours: bool
    day_order: DayOrder


def read_csv(
    text: str, origin: FileOrigin = _UNKNOWN, *, most: int | None = None
) -> Iterator[Card]:
    """The people of a file, in its order; never more than ``most`` and one.

    Raises:
        CsvHeaderUnknown: this is no list of people, as far as its first row tells.
    """
    rows = list(islice(csv_records(text), most and most + 2))
    if not rows:
        return
    table = _table(rows[0].values, rows[1:], origin)
    for row in rows[1:]:
        yield _read_one(table, row)


def csv_day_first(text: str, origin: FileOrigin) -> bool | None:
    """Which comes first in the dates of a file, as far as they prove it."""
    rows = list(csv_records(text))
    order = _table(rows[0].values, rows[1:], origin).day_order if rows else DayOrder()
    return None if order.is_guess else order.day_first


def csv_mapping(text: str, origin: FileOrigin) -> dict[str, str]:
    """What each column of a file is taken for, by its header."""
    first = next(csv_records(text), None)
    headers = first.values if first else []
    found = zip(headers, column_meanings(headers, origin.mapping), strict=True)
    return {header: field_of(meaning) for header, meaning in found}


def _table(headers: list[str], rows: list[CsvRecord], origin: FileOrigin) -> _Table:
    columns = column_meanings(headers, origin.mapping)
    if not any(each.kind in _PEOPLE for each in columns):
        raise CsvHeaderUnknown
    days = [
        value
        for row in rows
        for column, value in zip(columns, row.values, strict=False)
        if column.kind in {"birthday", "anniversary"}
    ]
    is_ours = any(each.kind == "ours" for each in columns)
    return _Table(headers, columns, is_ours, day_order(origin, days))


def _read_one(table: _Table, record: CsvRecord) -> Card:
    card = CardBuilder(record.line)
    if not record.values:
        return card.failed("quote_never_closed")
    if record.is_cut:
        card.remark("columns_skipped")
    card.keep("more_columns", [each for each in record.values[len(table.columns) :] if each])
    card.check_decoded(*record.values)
    row = _row(table, record.values, card)
    for (kind, _), cells in row.items():
        _CELL_READERS.get(kind, _skip)(card, cells, table)
    _read_whole_row(card, row, table)
    fill_missing_name(card)
    return card.build()


def _row(table: _Table, values: list[str], card: CardBuilder) -> _Row:
    row: _Row = {}
    for header, column, raw in zip(table.headers, table.columns, values, strict=False):
        value = restore_formula(raw) if table.is_ours else raw
        if column.kind == "ignored":
            continue
        if column.kind == "unknown":
            _keep_unknown(card, header, value)
        elif column.kind == "extra":
            _read_text(card, column.slot, value if table.is_ours else value.strip())
        elif value:
            cells = row.setdefault((column.kind, column.slot), _Cells(column.label))
            if column.part in cells.parts:  # two columns of one name
                _keep_unknown(card, header, value)
            else:
                cells.parts[column.part] = value
    return row


def _read_text(card: CardBuilder, name: str, value: str) -> None:
    if name in DETAIL_TEXTS:
        card.set_detail(name, value)
    else:
        card.keep(name, value)


def _keep_unknown(card: CardBuilder, header: str, value: str) -> None:
    silent = IGNORED_COLUMN.get(header.strip().lower(), set())
    if value.strip().lower() not in silent:
        card.keep(header.strip() or "column", value.strip())


def _value(row: _Row, kind: str) -> str:
    cells = row.get((kind, ""))
    return cells.parts.get("value", "") if cells else ""


def _read_whole_row(card: CardBuilder, row: _Row, table: _Table) -> None:
    card.first_name = _value(row, "first_name").strip()
    card.last_name = _value(row, "last_name").strip()
    card.uid = _value(row, "uid") or None
    _read_parts_of_birthday(card, row)
    if (own := _value(row, "ours")) and not card.add_own_json(own):
        card.keep("kith", own)
    if not table.is_ours:
        apply_full_name(card, _value(row, "full_name"))


def _read_parts_of_birthday(card: CardBuilder, row: _Row) -> None:
    year, month, day = (_value(row, f"birth_{each}") for each in ("year", "month", "day"))
    if not month and not day:
        return
    text = f"{year.zfill(4) if year else '-'}-{month.zfill(2)}-{day.zfill(2)}"
    card.add_birthday(parse_day(text), text)


def _skip(_card: CardBuilder, _cells: _Cells, _table: _Table) -> None:
    """What is read once the whole row is known."""


def _read_phone(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    for each in _labelled(cells, table):
        card.add_phone(*each)


def _read_email(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    for each in _labelled(cells, table):
        card.add_email(*each)


def _labelled(cells: _Cells, table: _Table) -> Iterator[LabelledValue]:
    value, label = cells.parts.get("value", ""), cells.parts.get("label", "")
    if table.is_ours:
        yield LabelledValue(value, label or None)
        return
    for each in value.split(_SEVERAL):
        yield LabelledValue(each, cells.label or label_of_text(label))


def _read_birthday(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    text = cells.parts["value"]
    card.add_birthday(parse_day(text, order=table.day_order), text)


def _read_anniversary(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    _add_date(card, cells.parts["value"], "anniversary", table)


def _add_date(card: CardBuilder, text: str, label: str, table: _Table) -> None:
    card.add_date(label, parse_day(text, order=table.day_order), text)


def _read_notes(card: CardBuilder, cells: _Cells, _table: _Table) -> None:
    card.add_notes(cells.parts["value"])


def _read_tags(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    text = cells.parts["value"]
    if table.is_ours:
        for each in text.split(_SEVERAL):
            card.add_tag(each)
        return
    mark = next((each for each in (_SEVERAL, ";", ",") if each in text), _SEVERAL)
    for each in text.split(mark):
        card.add_group(each)


def _read_gift_ideas(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    text = cells.parts["value"]
    for each in text.split(_SEVERAL) if table.is_ours else re.split(r" ::: |[\n;]", text):
        if idea := each.strip():
            card.add_detail("gift_ideas", idea)


def _read_photo(card: CardBuilder, cells: _Cells, _table: _Table) -> None:
    card.keep("photo", cells.parts["value"].strip())


def _read_address(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    parts = {key: text.strip() for key, text in cells.parts.items() if text.strip()}
    streets = [parts[key] for key in _STREETS if key in parts]
    if streets:
        parts["street"] = "\n".join(streets)
    address = {key: parts[key] for key in _ADDRESS if key in parts}
    if not address and "formatted" in parts:
        address = {"street": parts["formatted"]}
    if address:
        card.add_detail("addresses", AddressEntry(_label(cells, table), **address))


def _label(cells: _Cells, table: _Table) -> str | None:
    word = cells.parts.get("label", "")
    return cells.label or (word if table.is_ours else label_of_text(word)) or None


def _read_website(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    if url := cells.parts.get("value", "").strip():
        card.add_detail("urls", UrlEntry(url, _label(cells, table)))


def _read_relation(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    if name := cells.parts.get("value", "").strip():
        kind = _label(cells, table) or UNKNOWN_RELATION
        if not table.is_ours and kind.lower() in RELATION_TYPES:
            kind = kind.lower()
        card.add_detail("relations", RelationEntry(kind, name))


def _read_event(card: CardBuilder, cells: _Cells, table: _Table) -> None:
    if value := cells.parts.get("value", ""):
        _add_date(card, value, _label(cells, table) or "date", table)


def _read_messenger(card: CardBuilder, cells: _Cells, _table: _Table) -> None:
    if handle := cells.parts.get("value", "").strip():
        service = cells.parts.get("service", "").strip() or UNKNOWN_SERVICE
        card.add_detail("messengers", MessengerEntry(service, handle))


def _read_custom(card: CardBuilder, cells: _Cells, _table: _Table) -> None:
    card.keep(cells.parts.get("label", "custom").strip(), cells.parts.get("value", "").strip())


_CELL_READERS: Final = {
    "phone": _read_phone,
    "email": _read_email,
    "birthday": _read_birthday,
    "anniversary": _read_anniversary,
    "notes": _read_notes,
    "tags": _read_tags,
    "photo": _read_photo,
    "gift_ideas": _read_gift_ideas,
    "address": _read_address,
    "website": _read_website,
    "relation": _read_relation,
    "event": _read_event,
    "messenger": _read_messenger,
    "custom": _read_custom,
}
