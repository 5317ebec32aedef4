"""Pairs of contacts that may be one person, and why we think so.

PostgreSQL groups by what two contacts share, so the work grows with the address book and not with
its square; a group of many is told as pairs with its first, which is all that a merge needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from kith.contacts import answers
from kith.contacts.exchange_repository import Birthday, ExchangeRepository, Reason, Shared
from kith.contacts.owner import Owner
from kith.contacts.service import Shown

_NO_BIRTHDAY: Final[Birthday] = (None, None, None)
_COMPARED_AT_MOST: Final = 50


class Pair(NamedTuple):
    """Two contacts, the older one first."""

    older: int
    newer: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Some of the pairs, and where the next ones begin."""

    items: list[dict[str, object]]
    last: Pair | None
    total: int


def find(
    connection: Connection, owner: Owner, *, after: Pair | None, skip: int, limit: int
) -> Duplicates:
    """The pairs of an address book, by the ids of the older and of the newer."""
    book = ExchangeRepository(connection, owner.id)
    reasons = _reasons(book.shared())
    pairs = [pair for pair in sorted(reasons) if after is None or pair > after]
    page = pairs[skip : skip + limit]
    rows = book.shown({each for pair in page for each in pair})
    shown = {row.id: answers.contact(row, owner) for row in rows}
    last = page[-1] if page and len(pairs) > skip + limit else None
    return Duplicates(list(_told(page, reasons, shown)), last, len(reasons))


def _told(
    page: Sequence[Pair], reasons: Mapping[Pair, list[Reason]], shown: Mapping[int, Shown]
) -> Iterator[dict[str, object]]:
    for pair in page:
        if pair.older in shown and pair.newer in shown:
            yield {"contacts": [shown[each] for each in pair], "reasons": reasons[pair]}


def _reasons(shared: Sequence[Shared]) -> dict[Pair, list[Reason]]:
    found: dict[Pair, list[Reason]] = {}
    for group in shared:
        for pair in _pairs(group):
            reasons = found.setdefault(pair, [])
            if group.reason not in reasons:
                reasons.append(group.reason)
    return {pair: sorted(reasons) for pair, reasons in found.items()}


def _pairs(group: Shared) -> Iterator[Pair]:
    if group.reason != "same_name":
        for other in group.ids[1:]:
            yield Pair(group.ids[0], other)
        return
    earlier: list[tuple[int, Birthday]] = []
    for contact_id, birthday in zip(group.ids, group.birthdays, strict=True):
        twin = next((each for each, born in earlier if _may_be_one(born, birthday)), None)
        if twin is not None:
            yield Pair(twin, contact_id)
        if len(earlier) < _COMPARED_AT_MOST:
            earlier.append((contact_id, birthday))


def _may_be_one(born: Birthday, other: Birthday) -> bool:
    """Namesakes with different birthdays are two; a year that one of them lacks decides nothing."""
    if _NO_BIRTHDAY in {born, other}:
        return True
    years = {born[0], other[0]} - {None}
    return born[1:] == other[1:] and len(years) < 2
