"""CSV with the headers that Google reads, and two columns of our own for what it has none for.

Every cell is safe in a spreadsheet (`formulas`), and comes back whole from our own reader.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Final

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
    "company": "Organization Name",
    "job_title": "Organization Title",
    "department": "Organization Department",
}
_SEVERAL: Final = " ::: "


def write_csv(cards: Sequence[Card]) -> str:
    """A whole file: a header, then one row for each card, with CRLFs (RFC 4180)."""
    emails = max((len(each.emails) for each in cards), default=0)
    phones = max((len(each.phones) for each in cards), default=0)
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_header(emails, phones))
    writer.writerows(list(_row(each, emails, phones)) for each in cards)
    return file.getvalue()


def csv_size(card: Card) -> int:
    """About how many bytes a card adds to a file."""
    cells = _row(card, len(card.emails), len(card.phones))
    return sum(len(each.encode("utf-8", "replace")) + 3 for each in cells)


def _header(emails: int, phones: int) -> list[str]:
    several = (("E-mail", emails), ("Phone", phones))
    numbered = [
        f"{name} {number} - {part}"
        for name, many in several
        for number in range(1, many + 1)
        for part in ("Label", "Value")
    ]
    plain = ["First Name", "Last Name", *_TEXTS.values(), "Birthday", "Notes", "Labels"]
    return [*plain, *numbered, OUR_UID_COLUMN, OUR_COLUMNS]


def _row(card: Card, emails: int, phones: int) -> Iterator[str]:
    texts = {key: text for key in _TEXTS if (text := card.extra_text(key))}
    birthday = str(card.birthday) if card.birthday else ""
    yield from map(neutralize_formula, (card.first_name, card.last_name))
    for key in _TEXTS:
        yield neutralize_formula(texts.get(key, ""))
    yield from map(neutralize_formula, (birthday, card.notes, _SEVERAL.join(card.tags)))
    yield from _cells(card.emails, emails, dialled=False)
    yield from _cells(card.phones, phones, dialled=True)
    yield neutralize_formula(card.uid or "")
    own = unnamed_fields(card, without=texts.keys()) | misread_fields(card, _read_back(card))
    yield json.dumps(own, ensure_ascii=False)


def _cells(several: Sequence[LabelledValue], columns: int, *, dialled: bool) -> Iterator[str]:
    for each in several:
        yield neutralize_formula(each.label or "")
        yield neutralize_formula(each.value, dialled=dialled)
    yield from [""] * 2 * (columns - len(several))


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
