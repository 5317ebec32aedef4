"""Merge policy and its undo, side by side: what a winner gets of the losers, and how it goes back.

A merge: the winner's value counts, and no loser's is lost; what they say otherwise is kept in
``extra["merged"]``, one entry for each of them.

An undo knows three states of the winner, before the merge, after it, and now. Only what is still as
the merge left it goes back: what the owner changed or added since stays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final, Self, TypeVar

from pydantic_core import to_jsonable_python

from kith.birthdate import Birthdate
from kith.contacts.details.entities import DETAIL_NAMES, DETAIL_TEXTS, ContactDetails, RelationEntry
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.models import Contact, ContactColumns
from kith.contacts.rows import ROW_COLUMNS, ContactRow
from kith.contacts.search.folding import distinct_tags

MERGED_KEY: Final = "merged"

_HISTORY: Final = frozenset(
    {"id", "version", "created_at", "updated_at", "deleted_at"}
    | {"phones_made", "birth_key", "uid", "sort_name"}
)
_MERGED_COLUMNS: Final = tuple(name for name in ROW_COLUMNS if name not in _HISTORY)
_BIRTHDATE: Final = frozenset({"birth_year", "birth_month", "birth_day"})
_IN_PARTS: Final = frozenset({"emails", "phones", "tags", "notes", "details", "extra"})
# Values that go back whole or not at all.
_WHOLE: Final = ("birthdate", *(set(_MERGED_COLUMNS) - _BIRTHDATE - _IN_PARTS))

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class MergeChanges:
    """A winner before and after its merge."""

    before: ContactColumns
    after: ContactColumns

    def to_json(self) -> dict[str, dict[str, object]]:
        """The columns that differ, as ``{column: {before, after}}``."""
        pairs = {
            name: _pair(self.before, self.after, name)
            for name in _MERGED_COLUMNS
            if getattr(self.before, name) != getattr(self.after, name)
        }
        return {name: pair for name, pair in pairs.items() if pair["before"] != pair["after"]}

    @classmethod
    def from_json(cls, changes: Mapping[str, Mapping[str, object]], now: ContactRow) -> Self:
        """The changes of a merge; where it changed nothing, the winner is as it is ``now``."""
        return cls(_state(changes, now, "before"), _state(changes, now, "after"))


def _pair(before: ContactColumns, after: ContactColumns, name: str) -> dict[str, object]:
    states = {"before": before, "after": after}
    return {which: to_jsonable_python(getattr(state, name)) for which, state in states.items()}


def _state(changes: Mapping[str, Mapping[str, object]], now: ContactRow, which: str) -> ContactRow:
    values = dict(zip(ROW_COLUMNS, to_jsonable_python(tuple(now)), strict=True))
    values |= {name: change[which] for name, change in changes.items()}
    return ContactRow.from_json([values[name] for name in ROW_COLUMNS])


def merge_cards(winner: Card, losers: Sequence[Card]) -> Card:
    """The winner's card, with all that the losers' say."""
    merged = winner
    for loser in losers:
        merged = _with(merged, loser)
    return merged


def fill_missing(
    winner: Contact, losers: Iterable[ContactColumns], *, merged: AbstractSet[str]
) -> None:
    """Give a winner what it lacks and no card carries, such as the picture.

    ``merged`` names the columns that the cards have merged already.
    """
    for name in set(_MERGED_COLUMNS) - _BIRTHDATE - merged - {"details"}:
        values = (getattr(contact, name) for contact in (winner, *losers))
        setattr(winner, name, next(filter(None, values), getattr(winner, name)))


def revert_changes(contact: Contact, changes: MergeChanges) -> None:
    """Take back of a contact what a merge gave it."""
    before, after = changes.before, changes.after
    for name in _WHOLE:
        if getattr(contact, name) == getattr(after, name):
            setattr(contact, name, getattr(before, name))
    contact.emails = tuple(
        _reverted(contact.emails, before.emails, after.emails, attrgetter("address"))
    )
    contact.phones = tuple(_reverted(contact.phones, before.phones, after.phones, attrgetter("id")))
    contact.tags = _reverted(contact.tags, before.tags, after.tags, str)
    contact.notes = _reverted_notes(contact.notes, before.notes, after.notes)
    contact.details = _reverted_details(contact.details, before.details, after.details)
    contact.extra = _reverted_extra(contact.extra, before.extra, after.extra)


def _reverted(
    now: Sequence[_Item],
    before: Sequence[_Item],
    after: Sequence[_Item],
    identity: Callable[[_Item], object],
) -> list[_Item]:
    """The list without what came and is unchanged, and with what the merge took to be the same."""
    known, left = set(map(identity, before)), set(map(identity, [*after, *now]))
    came = [item for item in after if identity(item) not in known]
    return [
        *(item for item in now if item not in came),
        *(item for item in before if identity(item) not in left),
    ]


def _reverted_notes(now: str | None, before: str | None, after: str | None) -> str | None:
    if now == after:
        return before
    if before and not (after or "").startswith(before):
        return now
    added = (after or "").removeprefix(before or "")
    return (now or "").replace(added, "", 1) or None if added else now


def _reverted_details(
    now: ContactDetails, before: ContactDetails, after: ContactDetails
) -> ContactDetails:
    """Texts go back whole, lists entry by entry."""
    reverted: dict[str, Any] = {}
    for name in DETAIL_NAMES:
        current, old, new = (getattr(details, name) for details in (now, before, after))
        if name not in DETAIL_TEXTS:
            reverted[name] = tuple(_reverted(current, old, new, _identity))
        elif current == new:
            reverted[name] = old
    return replace(now, **reverted)


def _identity(entry: object) -> object:
    """What a detail is, whatever the other contact of a relation is called by now."""
    if isinstance(entry, RelationEntry) and entry.contact_id is not None:
        return (entry.kind, entry.contact_id)
    return entry


def _reverted_extra(
    now: Mapping[str, object], before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, object]:
    result = dict(now)
    for key, value in after.items():
        came = key not in before or before[key] != value
        if not came or key not in now or now[key] != value:
            continue
        if key in before:
            result[key] = before[key]
        else:
            del result[key]
    return result


def _with(winner: Card, loser: Card) -> Card:
    aside: dict[str, Any] = {}
    birthday = _birthday(winner, loser, aside)
    first_name, last_name = _names(winner, loser, aside)
    return replace(
        winner,
        first_name=first_name,
        last_name=last_name,
        emails=_together(winner.emails, loser.emails),
        phones=_together(winner.phones, loser.phones),
        birthday=birthday,
        tags=tuple(distinct_tags([*winner.tags, *loser.tags])),
        favourite=winner.favourite or loser.favourite,
        deceased=winner.deceased or loser.deceased,
        lead_days=loser.lead_days if winner.lead_days is None else winner.lead_days,
        notes=_notes(winner.notes, loser.notes),
        details=_details(winner.details, loser.details, aside),
        extra=_extra(winner, loser, aside),
    )


def _names(winner: Card, loser: Card, aside: dict[str, Any]) -> tuple[str, str]:
    """A part that the winner lacks is taken, unless the other part is another name."""
    ours, theirs = (winner.first_name, winner.last_name), (loser.first_name, loser.last_name)
    agree = all(not a or not b or a == b for a, b in zip(ours, theirs, strict=True))
    if agree:
        return ours[0] or theirs[0], ours[1] or theirs[1]
    aside["name"] = " ".join(each for each in theirs if each)
    return ours


def _birthday(winner: Card, loser: Card, aside: dict[str, Any]) -> Birthdate | None:
    ours, theirs = winner.birthday, loser.birthday
    if ours is None or theirs is None:
        return ours or theirs
    if (ours.month, ours.day) == (theirs.month, theirs.day) and None in {ours.year, theirs.year}:
        return ours if theirs.year is None else theirs
    if ours != theirs:
        aside["birthday"] = str(theirs)
    return ours


def _together(
    ours: Sequence[LabelledValue], theirs: Sequence[LabelledValue]
) -> tuple[LabelledValue, ...]:
    known = {each.value for each in ours}
    return (*ours, *(each for each in theirs if each.value not in known))


def _details(ours: ContactDetails, theirs: ContactDetails, aside: dict[str, Any]) -> ContactDetails:
    merged: dict[str, Any] = {}
    for name in DETAIL_NAMES:
        known, other = getattr(ours, name), getattr(theirs, name)
        if name not in DETAIL_TEXTS:
            merged[name] = tuple(dict.fromkeys((*known, *other)))
        elif known and other and known != other:
            aside[name] = other
        else:
            merged[name] = known or other
    return replace(ours, **merged)


def _notes(ours: str, theirs: str) -> str:
    if not theirs or theirs in ours:
        return ours
    return f"{ours}\n\n{theirs}" if ours else theirs


def _extra(winner: Card, loser: Card, aside: dict[str, Any]) -> dict[str, Any]:
    extra = {**loser.extra, **winner.extra}
    others = {
        key: value
        for key, value in loser.extra.items()
        if key in winner.extra and winner.extra[key] != value and key != MERGED_KEY
    }
    entry = aside | ({"extra": others} if others else {})
    before = [*_entries(winner), *_entries(loser)]
    if entry or before:
        extra[MERGED_KEY] = [*before, *([entry] if entry else [])]
    return extra


def _entries(card: Card) -> list[Any]:
    entries = card.extra.get(MERGED_KEY, [])
    return entries if isinstance(entries, list) else [entries]
