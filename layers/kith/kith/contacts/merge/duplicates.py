"""Pairs of contacts that may be one person, and why we think so.

PostgreSQL groups by what two contacts share, so the work grows with the address book and not with
its square; a group of many is given as pairs with its first, which is all that a merge needs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from kith.birthdate import Birthdate
from kith.contacts.exchange.repository import ExchangeRepository, Reason, SharedKey
from kith.contacts.rows import ContactRow

_COMPARED_AT_MOST: Final = 50


class DuplicatePair(NamedTuple):
    """The ids of two contacts, the older one first."""

    older: int
    newer: int


@dataclass(frozen=True, slots=True)
class DuplicateRows:
    """Two contacts that may be one person, the older one first."""

    rows: tuple[ContactRow, ContactRow]
    reasons: list[Reason]

    @property
    def pair(self) -> DuplicatePair:
        older, newer = self.rows
        return DuplicatePair(older.id, newer.id)


@dataclass(frozen=True, slots=True)
class DuplicateSlice:
    """A page of duplicates; ``last`` is the pair after which the next page begins, if any."""

    items: list[DuplicateRows]
    last: DuplicatePair | None
    total: int


def find_duplicates(
    connection: Connection, owner_id: UUID, *, after: DuplicatePair | None, skip: int, limit: int
) -> DuplicateSlice:
    """One page of the duplicates of an address book, by the ids of the older and of the newer."""
    repository = ExchangeRepository(connection, owner_id)
    reasons = _reasons(repository.shared_keys())
    pairs = [pair for pair in sorted(reasons) if after is None or pair > after]
    page = pairs[skip : skip + limit]
    rows = repository.living_rows({contact_id for pair in page for contact_id in pair})
    items = [
        DuplicateRows((rows[pair.older], rows[pair.newer]), reasons[pair])
        for pair in page
        if pair.older in rows and pair.newer in rows
    ]
    last = page[-1] if page and len(pairs) > skip + limit else None
    return DuplicateSlice(items, last, len(reasons))


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
        first, *others = (contact_id for contact_id, _ in group.members)
        for other in others:
            yield DuplicatePair(first, other)
        return
    earlier: list[tuple[int, Birthdate | None]] = []
    for contact_id, born in group.members:
        twin = next((each for each, other in earlier if _may_be_one(born, other)), None)
        if twin is not None:
            yield DuplicatePair(twin, contact_id)
        if len(earlier) < _COMPARED_AT_MOST:
            earlier.append((contact_id, born))


def _may_be_one(born: Birthdate | None, other: Birthdate | None) -> bool:
    """Namesakes with different birthdays are two."""
    return born is None or other is None or born.agrees_with(other)
