"""vCard 2.1, 3.0 and 4.0 as they come out of phones, desktops and web pages.

A card is read property by property: a table names who reads what, and what nobody reads is kept
word for word in ``extra["vcard"]``. No card can stop another one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.card_builder import MAX_VALUES, CardBuilder
from kith.contacts.exchange.dates import DayOrder, FileOrigin, day_order
from kith.contacts.exchange.names import fill_missing_name, full_name
from kith.contacts.exchange.vcard.content_lines import (
    ContentLine,
    RawCard,
    logical_lines,
    parse_line,
    raw_cards,
)
from kith.contacts.exchange.vcard.properties import (
    PROPERTY_READERS,
    PropertyContext,
    names_a_group,
    read_unknown,
)

MAX_PROPERTIES: Final = 20_000  # of one card: a group names each of its members in one

_UNKNOWN: Final = FileOrigin()
_URN: Final = re.compile(r"^urn:uuid:", re.IGNORECASE)
_NAMES_A_GROUP: Final = re.compile(r"KIND[^:\r\n]{0,100}:[ \t]*group", re.IGNORECASE)
_PREFERRED: Final = frozenset({"TEL", "EMAIL"})
_MEMBERS: Final = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"})


@dataclass(frozen=True, slots=True)
class VcardGroup:
    """A card that is a list of people: their tag."""

    name: str
    members: frozenset[str]

    @property
    def memberships(self) -> Iterator[tuple[str, str]]:
        """Each member's uid, and the name of the group."""
        return ((member, self.name) for member in self.members)


def read_vcards(text: str, origin: FileOrigin = _UNKNOWN) -> Iterator[Card]:
    """The people of a file, in its order."""
    if not _NAMES_A_GROUP.search(text):
        return (_read_one(raw, origin)[0].build() for raw in raw_cards(text))
    return _read_with_groups(text, origin)


def _read_with_groups(text: str, origin: FileOrigin) -> Iterator[Card]:
    """A group may come before its members or after them."""
    cards = [_read_one(raw, origin) for raw in raw_cards(text)]
    names: dict[str, list[str]] = {}
    for _, group in cards:
        for member, name in group.memberships if group else ():
            names.setdefault(member, []).append(name)
    for card, _ in cards:
        for name in islice(names.get(_member(card.uid), ()), MAX_VALUES + 1):
            card.add_tag(name)
        yield card.build()


def group_memberships(text: str, region: str | None) -> Iterator[tuple[str, str]]:
    """The uids that the groups of a text name, each with the name of its group."""
    if not _NAMES_A_GROUP.search(text):
        return
    for raw in raw_cards(text):
        _, group = _read_one(raw, FileOrigin(region))
        yield from group.memberships if group else ()


def _member(uid: str | None) -> str:
    return _URN.sub("", uid or "")


def _read_one(raw: RawCard, origin: FileOrigin) -> tuple[CardBuilder, VcardGroup | None]:
    card = CardBuilder(raw.line)
    if not raw.began:
        card.failure = "outside_of_any_card"
        return card, None
    if not raw.ended:
        card.remark("end_missing")
    lines = list(_properties(raw, card, origin.region))
    if not lines:
        card.failure = "card_empty"
        return card, None
    _read_properties(card, lines, day_order(origin))
    group = _group(card, lines)
    if group:
        card.failure = "group_card"
    return card, group


def _properties(raw: RawCard, card: CardBuilder, region: str | None) -> Iterator[ContentLine]:
    """The lines of a card; those of a card inside it are only put aside."""
    old = any(each.strip().upper().startswith("VERSION:2") for each in raw.lines)
    depth = 0
    for number, logical in enumerate(logical_lines(raw.lines, keeps_blanks=old)):
        if number == MAX_PROPERTIES:
            return card.remark("properties_skipped")
        line = parse_line(logical, region)
        card.check_decoded(logical, line.value if line else "")
        if line is None:
            card.keep_in_list("vcard", logical.strip())
            card.remark("line_not_understood")
            continue
        depth += line.name == "BEGIN"
        if depth:
            card.keep_in_list("agent", logical)
        else:
            yield line
        depth -= line.name == "END"


def _group(card: CardBuilder, lines: list[ContentLine]) -> VcardGroup | None:
    if not any(map(names_a_group, lines)):
        return None
    members = {_member(line.value.strip()) for line in lines if line.name in _MEMBERS}
    return VcardGroup(full_name(card), frozenset(members - {""}))


def _read_properties(card: CardBuilder, lines: list[ContentLine], order: DayOrder) -> None:
    labels = {line.group: line.text for line in lines if line.name == "X-ABLABEL" and line.group}
    context = PropertyContext(labels, order)
    for line in sorted(lines, key=_reading_order):
        read = PROPERTY_READERS.get(line.name, read_unknown)
        if line.parameters_skipped:
            card.remark("parameters_skipped")
        if line.value.strip():
            read(card, line, context)
    fill_missing_name(card)


def _reading_order(line: ContentLine) -> int:
    """Preferred addresses first; FN after N, ours last: each may ask what came before."""
    if line.name == "X-KITH":
        return 4
    if line.name == "FN":
        return 3
    preferred = line.name in _PREFERRED and ("pref" in line.types or line.parameter("PREF") == "1")
    return 1 if preferred else 2
