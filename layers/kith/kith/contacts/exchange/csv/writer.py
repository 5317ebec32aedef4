"""CSV with the headers that Google reads, and two columns of our own for what it has none for.

Every cell is safe in a spreadsheet (`formulas`), and comes back whole from our own reader.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from itertools import chain
from typing import Final, NamedTuple

from kith.contacts.details.entities import DETAIL_NAMES
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import CardBuilder
from kith.contacts.exchange.csv.columns import OUR_COLUMNS, OUR_UID_COLUMN
from kith.contacts.exchange.csv.injection import neutralize_formula
from kith.contacts.exchange.dates import parse_day
from kith.contacts.exchange.own_fields import misread_fields, unnamed_fields

_TEXTS: Final = {
    "middle_name": "Middle Name",
    "name_prefix": "Name Prefix",
    "name_suffix": "Name Suffix",
    "nickname": "Nickname",
    "organization": "Organization Name",
    "job_title": "Organization Title",
    "how_we_met": "How We Met",
}
_SEVERAL: Final = " ::: "
_Cells = tuple[str, ...]


class _Numbered(NamedTuple):
    """What people have several of: columns with numbers, as many as the longest list needs."""

    header: str
    parts: _Cells
    cells: Callable[[Card], list[_Cells]]


_NUMBERED: Final = (
    _Numbered("E-mail", ("Label", "Value"), lambda card: _labelled(card.emails)),
    _Numbered("Phone", ("Label", "Value"), lambda card: _labelled(card.phones, dialled=True)),
    _Numbered(
        "Address",
        ("Label", "Street", "City", "Region", "Postal Code", "Country"),
        lambda card: _safe(map(astuple, card.details.addresses)),
    ),
    _Numbered(
        "Website",
        ("Label", "Value"),
        lambda card: _safe((each.label, each.url) for each in card.details.urls),
    ),
    _Numbered(
        "IM", ("Service", "Value"), lambda card: _safe(map(astuple, card.details.messengers))
    ),
    _Numbered(
        "Relation",
        ("Label", "Value"),
        lambda card: _safe((each.kind, each.name) for each in card.details.relations),
    ),
)


def write_csv(cards: Sequence[Card]) -> str:
    """A whole file: a header, then one row for each card, with CRLFs (RFC 4180)."""
    numbered = [[kind.cells(card) for kind in _NUMBERED] for card in cards]
    counts = [max(map(len, column), default=0) for column in zip(*numbered, strict=True)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_header(counts))
    writer.writerows(
        _row(card, several, counts) for card, several in zip(cards, numbered, strict=True)
    )
    return file.getvalue()


def csv_size(card: Card) -> int:
    """About how many bytes a card adds to a file."""
    several = [kind.cells(card) for kind in _NUMBERED]
    cells = _row(card, several, [len(each) for each in several])
    return sum(len(each.encode("utf-8", "replace")) + 3 for each in cells)


def _header(counts: Sequence[int]) -> list[str]:
    numbered = [
        f"{kind.header} {number} - {part}"
        for kind, many in zip(_NUMBERED, counts, strict=False)
        for number in range(1, many + 1)
        for part in kind.parts
    ]
    plain = ["First Name", "Last Name", *_TEXTS.values(), "Organization Department"]
    return [
        *(*plain, "Birthday", "Notes", "Labels", "Gift Ideas"),
        *(*numbered, OUR_UID_COLUMN, OUR_COLUMNS),
    ]


def _row(card: Card, several: Sequence[list[_Cells]], counts: Sequence[int]) -> list[str]:
    department, ideas = card.extra_text("department"), _SEVERAL.join(card.details.gift_ideas)
    plain = (
        *(card.first_name, card.last_name, *map(card.detail, _TEXTS), department),
        *(str(card.birthday or ""), card.notes, _SEVERAL.join(card.tags), ideas),
    )
    numbered = [
        cell
        for kind, cells, many in zip(_NUMBERED, several, counts, strict=True)
        for cell in (*chain(*cells), *[""] * len(kind.parts) * (many - len(cells)))
    ]
    return [
        *(*map(neutralize_formula, plain), *numbered, neutralize_formula(card.uid or "")),
        json.dumps(_own_fields(card, ideas), ensure_ascii=False),
    ]


def _own_fields(card: Card, ideas: str) -> dict[str, object]:
    are_split = tuple(ideas.split(_SEVERAL)) != card.details.gift_ideas
    details = set(DETAIL_NAMES) - ({"gift_ideas"} if are_split else set())
    without = {"department"} if card.extra_text("department") else set()
    own = unnamed_fields(card, without=without, details=details)
    if card.revised_at:
        own["updated_at"] = card.revised_at.isoformat()
    return own | misread_fields(card, _read_back(card))


def _labelled(several: Sequence[LabelledValue], *, dialled: bool = False) -> list[_Cells]:
    return [
        (neutralize_formula(each.label or ""), neutralize_formula(each.value, dialled=dialled))
        for each in several
    ]


def _safe(rows: Iterable[Iterable[str | None]]) -> list[_Cells]:
    return [tuple(neutralize_formula(each or "") for each in row) for row in rows]


def _read_back(card: Card) -> Card:
    """What our reader understands of the columns that hold tags, notes and the birthday."""
    read = CardBuilder(1)
    for each in _SEVERAL.join(card.tags).split(_SEVERAL):
        read.add_tag(each)
    read.add_notes(card.notes)
    if card.birthday:
        text = str(card.birthday)
        read.add_birthday(parse_day(text), text)
    return read.build()
