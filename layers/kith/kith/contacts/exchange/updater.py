"""Three-way merge of a card: what its last file said, what this file says, and what is here now.

Only what the file changed since counts; where the same was corrected here as well, ours stays and
is named. What a file leaves out is no news: it may come from a program that does not know the
field. Without a last file everything that this one says is new, and fills what is empty here.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final, NamedTuple

from kith.contacts.details.entities import DETAIL_NAMES, ContactDetails, RelationEntry
from kith.contacts.exchange.card import Card, LabelledValue

_ABOUT_THE_FILE: Final = frozenset(
    {"line", "uid", "remarks", "photo", "photo_url", "revised_at", "failure"}
)
# The fields of a contact that a card carries, whatever they are.
CONTENT_FIELDS: Final = tuple(
    each.name for each in fields(Card) if each.name not in _ABOUT_THE_FILE
)
EMPTY_CARD: Final = Card(0)

_NAMES: Final = ("first_name", "last_name")


class CardUpdate(NamedTuple):
    """A card with the news of a file.

    Attributes:
        kept_yours: the fields that both sides changed, so that they stayed as they are here.
    """

    card: Card
    kept_yours: tuple[str, ...]


class _Merged(NamedTuple):
    value: object
    kept: bool = False


def update_card(ours: Card, last: Card, news: Card) -> CardUpdate:
    """What is here, with what the file changed since the last time.

    Args:
        ours: the card of the contact as it is.
        last: what the last file said of it; ``EMPTY_CARD`` where nobody knows.
        news: what this file says, in the form in which the address book would store it.
    """
    merged = {
        name: _merge(name, getattr(ours, name), getattr(last, name), getattr(news, name))
        for name in CONTENT_FIELDS
        if name not in {"details", "extra"}
    }
    sides = (ours.details, last.details, news.details)
    details = {
        name: _merge(name, *(getattr(side, name) for side in sides)) for name in DETAIL_NAMES
    }
    details["relations"] = _merge_relations(*(side.relations for side in sides))
    if not any(merged[name].value for name in _NAMES):
        merged |= {name: _Merged(getattr(ours, name), kept=True) for name in _NAMES}
    extra = {
        key: _merge_said(ours.extra.get(key), last.extra.get(key), value)
        for key, value in news.extra.items()
    }
    values: dict[str, Any] = {name: each.value for name, each in merged.items()}
    known: dict[str, Any] = {name: each.value for name, each in details.items()}
    card = replace(
        ours,
        **values,
        details=ContactDetails(**known),
        extra={**ours.extra, **_present(extra)},
    )
    kept = [name for name, each in (merged | details).items() if each.kept]
    return CardUpdate(card, (*kept, *(f"extra.{key}" for key, each in extra.items() if each.kept)))


def _merge(name: str, ours: Any, last: Any, news: Any) -> _Merged:
    if name in _NAMES:  # who is named is named whole: a part that is missing is meant
        return _merge_said(ours, last, news)
    if isinstance(news, tuple) and name != "lead_days":
        return _merge_list(ours, last, news)
    return _merge_value(ours, last, news)


def _merge_value(ours: object, last: object, news: object) -> _Merged:
    is_said = news not in (None, "") and news is not False
    return _merge_said(ours, last, news) if is_said else _Merged(ours)


def _merge_said(ours: object, last: object, news: object) -> _Merged:
    if news in (last, ours):
        return _Merged(ours)
    return _Merged(news) if ours == last else _Merged(ours, kept=True)


def _merge_list(
    ours: Sequence[Hashable], last: Sequence[Hashable], news: Sequence[Hashable]
) -> _Merged:
    """The entries that the file dropped go and those that it added come; the labels likewise.

    Where it put others in the place of entries that are no longer here, both sides changed them.
    """
    here, before, now = _by_identity(ours, last, news)
    added = {key: entry for key, entry in now.items() if key not in before and key not in here}
    dropped = before.keys() - now.keys() if now else set()
    if added and dropped and not dropped & here.keys():
        return _Merged(tuple(ours), kept=True)
    labelled = {
        key: _merge_label(entry, before.get(key), now.get(key, entry))
        for key, entry in here.items()
        if key not in dropped
    }
    place = next((number for number, key in enumerate(here) if key in dropped), len(labelled))
    entries = [each.value for each in labelled.values()]
    entries[place:place] = added.values()
    return _Merged(tuple(entries), kept=any(each.kept for each in labelled.values()))


def _merge_relations(
    ours: Sequence[RelationEntry], last: Sequence[RelationEntry], news: Sequence[RelationEntry]
) -> _Merged:
    """What the owner has linked with another contact stays: a file knows names only."""
    links = [each for each in ours if each.contact_id]
    known = {(each.kind, each.name) for each in links}
    named, *others = (
        [each for each in side if not each.contact_id and (each.kind, each.name) not in known]
        for side in (ours, last, news)
    )
    merged = _merge_list(named, *others)
    if not links:
        return merged
    rest: Any = merged.value
    return _Merged(tuple(ours) if rest == tuple(named) else (*links, *rest), kept=merged.kept)


def _merge_label(entry: Any, before: object, now: object) -> _Merged:
    merged = _merge_value(*(getattr(each, "label", None) for each in (entry, before, now)))
    same = merged.value == getattr(entry, "label", None)
    return _Merged(entry if same else _labelled(entry, merged.value), kept=merged.kept)


def _by_identity(*sides: Sequence[Hashable]) -> list[dict[Hashable, Hashable]]:
    """Entries by what they are without their label, unless one is there under several."""
    found = [{_labelled(each, None): each for each in side} for side in sides]
    if all(len(entries) == len(side) for entries, side in zip(found, sides, strict=True)):
        return found
    return [{each: each for each in side} for side in sides]


def _labelled(entry: Any, label: object) -> Any:
    if not hasattr(entry, "label"):
        return entry
    if isinstance(entry, LabelledValue):
        return entry._replace(label=label)  # type: ignore[arg-type] # of the same field
    return replace(entry, label=label)


def _present(values: Mapping[str, _Merged]) -> dict[str, object]:
    return {key: each.value for key, each in values.items() if each.value is not None}
