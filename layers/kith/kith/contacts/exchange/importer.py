"""Bringing the cards of a file into an address book.

A card that is known changes nothing: by its uid and its content, wherever its contact was edited or
merged since. A known uid with another content brings what is new. One card that cannot be taken is
a line of the report and stops no other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from kith.contacts.creation_repository import ContactCreation
from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.fingerprint import contact_fingerprint
from kith.contacts.exchange.normalizer import card_from_contact, new_uid, normalize_card, stored_uid
from kith.contacts.exchange.pending_photos import store_pending_photos
from kith.contacts.exchange.repository import ExchangeRepository, RememberedCard
from kith.contacts.exchange.updater import update_card
from kith.contacts.mapper import Draft, draft_contact
from kith.contacts.quotas import quota_limits
from kith.contacts.repository import ContactRepository, LockedRow
from kith.database.errors import is_value_error
from kith.errors import Conflict

CardStatus = Literal["created", "updated", "skipped", "failed"]

_BATCH: Final = 500


class ImportRunning(Conflict):
    code = "import_running"
    detail = "Another import or merge of this address book is running; try again when it is done."


@dataclass(slots=True)
class CardResult:
    """What became of one card.

    Attributes:
        line: where the card begins in the file.
        status: what was done.
        reason: why it was skipped or failed; a stable word.
        id: the contact that it is now; None where there is none, or not yet.
        changes: what was changed on the way in; stable words.
    """

    line: int
    status: CardStatus = "failed"
    reason: str | None = None
    id: int | None = None
    changes: Sequence[str] = ()

    def settle(self, status: CardStatus, contact_id: int | None, reason: str | None = None) -> None:
        self.status, self.id, self.reason = status, contact_id, reason


@dataclass(slots=True)
class CardToImport:
    """A card that the address book could take."""

    card: Card
    draft: Draft
    outcome: CardResult
    uid: str | None
    twins: list[CardResult] = field(default_factory=list)

    @property
    def digest(self) -> bytes:
        return contact_fingerprint(self.draft, self.uid)


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """A file, read and fitted; nothing of it is in the database yet."""

    outcomes: list[CardResult]
    arrivals: list[CardToImport]


def prepare_import(cards: Iterable[Card], owner: Owner) -> PreparedImport:
    """Fit all cards of a file: the long part of an import, before its transaction begins."""
    outcomes: list[CardResult] = []
    arrivals: dict[bytes, CardToImport] = {}
    uids: set[str] = set()
    for card in cards:
        outcome = CardResult(card.line)
        outcomes.append(outcome)
        arrival = _fitted(card, owner, outcome)
        if arrival is None:
            continue
        first = arrivals.get(arrival.digest)
        if first:
            first.twins.append(outcome)
            continue
        if arrival.uid in uids:
            outcome.changes = (*outcome.changes, "uid_repeated")
            arrival.uid = None
        uids |= {arrival.uid} if arrival.uid else set()
        arrivals.setdefault(arrival.digest, arrival)
    return PreparedImport(outcomes, list(arrivals.values()))


def _fitted(card: Card, owner: Owner, outcome: CardResult) -> CardToImport | None:
    sent, card = normalize_card(card, owner.today)
    outcome.changes = card.remarks
    if sent is None:
        status: CardStatus = "skipped" if card.failure == "group_card" else "failed"
        outcome.settle(status, None, card.failure)
        return None
    return CardToImport(card, draft_contact(sent, owner.region), outcome, stored_uid(card))


class Importer:
    """One file that enters one owner's address book, in one transaction and at one moment."""

    def __init__(self, connection: Connection, owner: Owner, at: datetime) -> None:
        self._connection = connection
        self._owner = owner
        self._at = at
        self._book = ExchangeRepository(connection, owner.id)

    def rehearse(self, prepared: PreparedImport) -> None:
        """Say what `carry_out` would do, and do nothing."""
        new, changed = self._sort(prepared.arrivals)
        for batch in _batches(changed):
            stored = self._book.whole([contact_id for _, contact_id in batch])
            for arrival, contact_id in batch:
                self._joined(arrival, stored[contact_id])
        room = self._room()
        for arrival in new[:room]:
            arrival.outcome.settle("created", None)
        _turn_away(new[room:])
        _settle_twins(prepared.arrivals)

    def carry_out(self, prepared: PreparedImport) -> None:
        """Store what is new.

        Raises:
            ImportRunning: another import of this owner has not ended yet.
        """
        if not self._book.claim():
            raise ImportRunning
        new, changed = self._sort(prepared.arrivals)
        self._change(changed)
        room = self._room()
        for batch in _batches(new[:room]):
            self._create(batch)
        _turn_away(new[room:])
        _settle_twins(prepared.arrivals)
        self._remember(prepared.arrivals)
        self._keep_photos(prepared.arrivals)

    def _sort(
        self, arrivals: Sequence[CardToImport]
    ) -> tuple[list[CardToImport], list[tuple[CardToImport, int]]]:
        """The new ones, and those that say something new of a contact; the others are settled."""
        known = _Known(self._book, self._owner, arrivals)
        strangers: list[CardToImport] = []
        changed: list[tuple[CardToImport, int]] = []
        for arrival in arrivals:
            if contact_id := known.by_content(arrival):
                arrival.outcome.settle("skipped", contact_id, "unchanged")
            elif contact_id := known.by_uid(arrival):
                changed.append((arrival, contact_id))
            else:
                strangers.append(arrival)
        return self._without_look_alikes(strangers), changed

    def _without_look_alikes(self, strangers: Sequence[CardToImport]) -> list[CardToImport]:
        """Whoever is in the book with exactly this content is no stranger, unless uids differ."""
        rows = self._book.alike(each.draft["sort_name"] for each in strangers)
        alike: dict[bytes, list[LockedRow]] = {}
        for row in rows:
            alike.setdefault(contact_fingerprint(row), []).append(row)
        new: list[CardToImport] = []
        for arrival in strangers:
            same = alike.get(contact_fingerprint(arrival.draft), [])
            fitting = [each for each in same if not (each["uid"] and arrival.uid)]
            if fitting:
                same.remove(fitting[0])
                arrival.outcome.settle("skipped", fitting[0]["id"], "already_there")
            else:
                new.append(arrival)
        return new

    def _room(self) -> int:
        usage = ContactCreation(self._connection, self._owner.id, quota_limits()).usage()
        return max(0, quota_limits().most_living - usage.living) if usage else 0

    def _change(self, changed: Sequence[tuple[CardToImport, int]]) -> None:
        for batch in _batches(changed):
            ids = [contact_id for _, contact_id in batch]
            stored = ContactRepository(self._connection, self._owner.id).lock_many(ids)
            drafts = [
                draft
                for arrival, contact_id in batch
                if (draft := self._joined(arrival, stored[contact_id]))
            ]
            self._book.change(drafts, self._at)

    def _joined(self, arrival: CardToImport, stored: LockedRow) -> Draft | None:
        """What the contact becomes with this card; None where that is what it is."""
        card = update_card(card_from_contact(stored), arrival.card)
        sent, card = normalize_card(card, self._owner.today)
        draft = draft_contact(sent, self._owner.region, stored) if sent else None
        arrival.outcome.changes = card.remarks
        if draft is None or contact_fingerprint(draft) == contact_fingerprint(stored):
            arrival.outcome.settle("skipped", stored["id"], "unchanged")
            return None
        arrival.outcome.settle("updated", stored["id"])
        return draft | {"id": stored["id"]}

    def _create(self, batch: Sequence[CardToImport]) -> None:
        """All in one statement; when the database refuses one of them, the halves by themselves."""
        try:
            with self._connection.begin_nested():
                ids = self._admit(batch)
        except DBAPIError as trouble:
            if not is_value_error(trouble):
                raise
            self._create_by_halves(batch)
            return
        if not ids:
            _turn_away(batch)
        for arrival, contact_id in zip(batch, ids, strict=False):
            arrival.outcome.settle("created", contact_id)

    def _create_by_halves(self, batch: Sequence[CardToImport]) -> None:
        if len(batch) == 1:
            batch[0].outcome.settle("failed", None, "refused")
            return
        middle = len(batch) // 2
        self._create(batch[:middle])
        self._create(batch[middle:])

    def _admit(self, batch: Sequence[CardToImport]) -> list[int]:
        drafts = [each.draft | {"uid": each.uid} for each in batch]
        admission = ContactCreation(self._connection, self._owner.id, quota_limits())
        return admission.admit(drafts, self._at, counted=False)

    def _remember(self, arrivals: Sequence[CardToImport]) -> None:
        taken = [
            RememberedCard(each.digest, each.outcome.id, each.uid)
            for each in arrivals
            if each.outcome.id is not None
        ]
        self._book.remember(taken)

    def _keep_photos(self, arrivals: Sequence[CardToImport]) -> None:
        waiting = {
            each.outcome.id: each.card.photo
            for each in arrivals
            if each.card.photo and each.outcome.id and each.outcome.status in {"created", "updated"}
        }
        store_pending_photos(self._connection, self._owner.id, waiting, self._at)


class _Known:
    """Which living contacts the cards of a file are."""

    def __init__(
        self, book: ExchangeRepository, owner: Owner, arrivals: Sequence[CardToImport]
    ) -> None:
        self._living = book.living()
        self._merged_into = book.merged_into()
        self._cards = book.known_cards([each.digest for each in arrivals])
        uids = {each.uid for each in arrivals if each.uid}
        self._uids = book.by_uid(sorted(uids))
        if uids - self._uids.keys():
            self._uids |= {
                uid: [contact_id]
                for contact_id in book.ids_without_uid()
                if (uid := new_uid(owner.id, contact_id)) in uids
            }

    def by_content(self, arrival: CardToImport) -> int | None:
        return self._today(self._cards.get(arrival.digest))

    def by_uid(self, arrival: CardToImport) -> int | None:
        found = map(self._today, self._uids.get(arrival.uid or "", []))
        return next((each for each in found if each), None)

    def _today(self, contact_id: int | None) -> int | None:
        """The contact itself if it lives, else the one that it was merged into."""
        seen: set[int] = set()
        while contact_id is not None and contact_id not in self._living:
            if contact_id in seen:
                return None
            seen.add(contact_id)
            contact_id = self._merged_into.get(contact_id)
        return contact_id


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _turn_away(arrivals: Sequence[CardToImport]) -> None:
    for each in arrivals:
        each.outcome.settle("failed", None, "address_book_full")


def _settle_twins(arrivals: Sequence[CardToImport]) -> None:
    for each in arrivals:
        for twin in each.twins:
            twin.settle("skipped", each.outcome.id, "twice_in_the_file")
