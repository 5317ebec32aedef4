"""What must be stored: the model that every answer is compared with.

A write that was acknowledged leaves one possible state; one whose outcome is unknown leaves two,
until enough time has passed for it to arrive late and a later look tells which one it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import Any, Final, NamedTuple

from tests.chaos.answers import Answer, Violation

# After this many seconds nothing of a request that was given up can still be written.
LATE_WRITE_S: Final = 20.0


class Place(IntEnum):
    """Where a row is; each is further from life than the one before."""

    LIVING = 0
    TRASHED = 1
    GONE = 2


class State(NamedTuple):
    """A row at one moment. None in a field stands for anything."""

    place: Place
    etag: str | None = None
    notes: str | None = None
    tags: frozenset[str] | None = None
    numbers: tuple[str, ...] | None = None

    def allows(self, seen: "State") -> bool:
        pairs = zip(self, seen, strict=True)
        return all(a is None or b is None or a == b for a, b in pairs)

    @property
    def is_exact(self) -> bool:
        return self.place is Place.GONE or None not in self


def state_of(row: Mapping[str, Any], place: Place) -> State:
    """The state that an answer shows of a contact."""
    numbers = tuple(phone["number"] for phone in row["phones"])
    return State(place, row["etag"], row["notes"], frozenset(row["tags"]), numbers)


@dataclass
class Tracked:
    """One row, and every state that it may be in."""

    serial: str
    possible: list[State]
    id: int | None = None
    settles_at: float = 0.0
    phone_ids: dict[str, int] = field(default_factory=dict)
    request: dict[str, Any] | None = None  # the create with an Idempotency-Key, to be sent again

    @property
    def state(self) -> State:
        return self.possible[0]

    def is_known(self, at: float) -> bool:
        """Whether it is in one state and no earlier request can still change it."""
        return len(self.possible) == 1 and at >= self.settles_at

    def learn(self, row: Mapping[str, Any]) -> None:
        """The ids that an answer shows."""
        self.id = row["id"]
        self.phone_ids = {phone["number"]: phone["id"] for phone in row["phones"]}

    def written(self, answer: Answer, after: State) -> None:
        """A write that leads to `after` was answered so."""
        if answer.acknowledged:
            self.possible = [after]
        elif answer.unknown:
            self.settles_at = answer.answered_at + LATE_WRITE_S
            self.possible = list(dict.fromkeys([*self.possible, after]))
            if not answer.trusted:  # what was written may have been made of altered bytes
                self.possible = [State(place) for place in {p.place for p in self.possible}]

    def seen(self, state: State, sent_at: float) -> Violation | None:
        """It was there: the promise that this breaks."""
        return self._narrow([p for p in self.possible if p.allows(state)], state, sent_at)

    def missed(self, place: Place, sent_at: float) -> Violation | None:
        """It was not in that place: the promise that this breaks."""
        return self._narrow([p for p in self.possible if p.place is not place], None, sent_at)

    def _narrow(self, left: list[State], seen: State | None, sent_at: float) -> Violation | None:
        if left:
            if sent_at >= self.settles_at:
                self.possible = [seen] if seen and seen.is_exact else left
            return None
        broken = self._broken(seen)
        self.possible = [seen] if seen else [State(place) for place in Place]
        return broken

    def _broken(self, seen: State | None) -> Violation:
        if seen is None:
            return Violation.LOST
        if seen.place < min(p.place for p in self.possible):
            return Violation.REVIVED
        written_again = any(p._replace(etag=None).allows(seen) for p in self.possible)
        return Violation.TWICE if written_again else Violation.LOST


class Book:
    """The contacts that one client made in its user's address book.

    Every contact has the owner's mark as its first name and a serial as its last. Clients of one
    user see each other's contacts, and only judge their own.
    """

    def __init__(self, owner: str, client: int) -> None:
        self.owner = owner
        self.contacts: dict[str, Tracked] = {}
        self._prefix = f"{owner}-{client}-"

    def track(self) -> Tracked:
        """A new contact, not yet asked for."""
        serial = f"{self._prefix}{len(self.contacts):05}"
        self.contacts[serial] = Tracked(serial, [State(Place.GONE)])
        return self.contacts[serial]

    def in_place(self, place: Place, at: float) -> list[Tracked]:
        """The contacts that are there for certain."""
        known = (each for each in self.contacts.values() if each.is_known(at))
        return [each for each in known if each.state.place is place]

    def pick(self, rng: Random, place: Place, at: float) -> Tracked | None:
        found = [each for each in self.in_place(place, at) if each.id is not None]
        return rng.choice(found) if found else None

    def compare(
        self, rows: Iterable[Mapping[str, Any]], place: Place, sent_at: float
    ) -> list[tuple[Violation, str]]:
        """The promises that some rows of an answer break, each with what it is about."""
        found = [self._of_row(row, place, sent_at) for row in rows]
        return [(broken, about) for broken, about in found if broken]

    def compare_all(
        self, rows: Sequence[Mapping[str, Any]], place: Place, sent_at: float
    ) -> list[tuple[Violation, str]]:
        """As `compare`, for rows that are all that there are: nothing may be missing."""
        found = self.compare(rows, place, sent_at)
        there = {row["last_name"] for row in rows}
        for serial, contact in self.contacts.items():
            broken = None if serial in there else contact.missed(place, sent_at)
            found += [(broken, f"{serial} is not among the {place.name.lower()}")] if broken else []
        return found

    def _of_row(
        self, row: Mapping[str, Any], place: Place, sent_at: float
    ) -> tuple[Violation | None, str]:
        serial = str(row["last_name"])
        if row["first_name"] != self.owner:
            return Violation.FOREIGN, f"a row of {row['first_name']!r}"
        if not serial.startswith(self._prefix):
            return None, ""
        contact = self.contacts.get(serial)
        if contact is None:
            return Violation.FOREIGN, f"{serial}, which nobody made"
        if contact.id is not None and contact.id != row["id"]:
            return Violation.TWICE, f"{serial} as {contact.id} and {row['id']}"
        contact.learn(row)
        before, seen = contact.possible, state_of(row, place)
        return contact.seen(seen, sent_at), f"{serial}: expected one of {before}, saw {seen}"
