"""Pairs of contacts that may be one person, and why we think so.

PostgreSQL groups by what two contacts share, so the work grows with the address book and not with
its square; a group of many is told as pairs with its first, which is all that a merge needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from kith.contacts.entities import Owner
from kith.contacts.exchange.repository import (
    BirthdateColumns,
    ExchangeRepository,
    Reason,
    SharedKey,
)
from kith.contacts.presenter import present_contact
from kith.contacts.service import ContactView

_NO_BIRTHDAY: Final[BirthdateColumns] = (None, None, None)
_COMPARED_AT_MOST: Final = 50


class DuplicatePair(NamedTuple):
    """Two contacts, the older one first."""

    older: int
    newer: int


@dataclass(frozen=True, slots=True)
class DuplicatePairs:
    """Some of the pairs, and where the next ones begin."""

    items: list[dict[str, object]]
    last: DuplicatePair | None
    total: int


def find_duplicates(
    connection: Connection, owner: Owner, *, after: DuplicatePair | None, skip: int, limit: int
) -> DuplicatePairs:
    """The pairs of an address book, by the ids of the older and of the newer."""
    book = ExchangeRepository(connection, owner.id)
    reasons = _reasons(book.shared())
    pairs = [pair for pair in sorted(reasons) if after is None or pair > after]
    page = pairs[skip : skip + limit]
    rows = book.shown({each for pair in page for each in pair})
    shown = {row.id: present_contact(row, owner) for row in rows}
    last = page[-1] if page and len(pairs) > skip + limit else None
    return DuplicatePairs(list(_told(page, reasons, shown)), last, len(reasons))


def _told(
    page: Sequence[DuplicatePair],
    reasons: Mapping[DuplicatePair, list[Reason]],
    shown: Mapping[int, ContactView],
) -> Iterator[dict[str, object]]:
    for pair in page:
        if pair.older in shown and pair.newer in shown:
            yield {"contacts": [shown[each] for each in pair], "reasons": reasons[pair]}


def _reasons(shared: Sequence[SharedKey]) -> dict[DuplicatePair, list[Reason]]:
    found: dict[DuplicatePair, list[Reason]] = {}
    for group in shared:
        for pair in _pairs(group):
            reasons = found.setdefault(pair, [])
            if group.reason not in reasons:
                reasons.append(group.reason)
    return {pair: sorted(reasons) for pair, reasons in found.items()}


def _pairs(group: SharedKey) -> Iterator[DuplicatePair]:
    if group.reason != "same_name":
        for other in group.ids[1:]:
            yield DuplicatePair(group.ids[0], other)
        return
    earlier: list[tuple[int, BirthdateColumns]] = []
    for contact_id, birthday in zip(group.ids, group.birthdays, strict=True):
        twin = next((each for each, born in earlier if _may_be_one(born, birthday)), None)
        if twin is not None:
            yield DuplicatePair(twin, contact_id)
        if len(earlier) < _COMPARED_AT_MOST:
            earlier.append((contact_id, birthday))


def _may_be_one(born: BirthdateColumns, other: BirthdateColumns) -> bool:
    """Namesakes with different birthdays are two; a year that one of them lacks decides nothing."""
    if _NO_BIRTHDAY in {born, other}:
        return True
    years = {born[0], other[0]} - {None}
    return born[1:] == other[1:] and len(years) < 2
