"""Several contacts of one person made one: the winner's word counts, and nobody's is lost.

What the losers say otherwise is kept in ``extra["merged"]``, one entry for each of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from kith.birthdate import Birthdate, format_birthdate
from kith.contacts.exchange.card import Card, LabelledValue

MERGED_KEY: Final = "merged"


def merge_cards(winner: Card, losers: Sequence[Card]) -> Card:
    """The winner, with all that the losers know."""
    one = winner
    for each in losers:
        one = _with(one, each)
    return one


def _with(winner: Card, loser: Card) -> Card:
    taken: dict[str, Any] = {}
    birthday = _birthday(winner, loser, taken)
    first_name, last_name = _names(winner, loser, taken)
    return replace(
        winner,
        first_name=first_name,
        last_name=last_name,
        emails=_together(winner.emails, loser.emails),
        phones=_together(winner.phones, loser.phones),
        birthday=birthday,
        tags=tuple(dict.fromkeys([*winner.tags, *loser.tags])),
        favourite=winner.favourite or loser.favourite,
        deceased=winner.deceased or loser.deceased,
        lead_days=loser.lead_days if winner.lead_days is None else winner.lead_days,
        notes=_notes(winner.notes, loser.notes),
        extra=_extra(winner, loser, taken),
    )


def _names(winner: Card, loser: Card, taken: dict[str, Any]) -> tuple[str, str]:
    """A part that the winner lacks is taken, unless the other part is another name."""
    ours, theirs = (winner.first_name, winner.last_name), (loser.first_name, loser.last_name)
    agree = all(not a or not b or a == b for a, b in zip(ours, theirs, strict=True))
    if agree:
        return ours[0] or theirs[0], ours[1] or theirs[1]
    taken["name"] = " ".join(each for each in theirs if each)
    return ours


def _birthday(winner: Card, loser: Card, taken: dict[str, Any]) -> Birthdate | None:
    ours, theirs = winner.birthday, loser.birthday
    if ours is None or theirs is None:
        return ours or theirs
    if (ours.month, ours.day) == (theirs.month, theirs.day) and None in {ours.year, theirs.year}:
        return ours if theirs.year is None else theirs
    if ours != theirs:
        taken["birthday"] = format_birthdate(*theirs)
    return ours


def _together(
    ours: Sequence[LabelledValue], theirs: Sequence[LabelledValue]
) -> tuple[LabelledValue, ...]:
    known = {each.value for each in ours}
    return (*ours, *(each for each in theirs if each.value not in known))


def _notes(ours: str, theirs: str) -> str:
    if not theirs or theirs in ours:
        return ours
    return f"{ours}\n\n{theirs}" if ours else theirs


def _extra(winner: Card, loser: Card, taken: dict[str, Any]) -> dict[str, Any]:
    extra = {**loser.extra, **winner.extra}
    others = {
        key: value
        for key, value in loser.extra.items()
        if key in winner.extra and winner.extra[key] != value and key != MERGED_KEY
    }
    told = taken | ({"extra": others} if others else {})
    before = [*_entries(winner), *_entries(loser)]
    if told or before:
        extra[MERGED_KEY] = [*before, *([told] if told else [])]
    return extra


def _entries(card: Card) -> list[Any]:
    entries = card.extra.get(MERGED_KEY, [])
    return entries if isinstance(entries, list) else [entries]
