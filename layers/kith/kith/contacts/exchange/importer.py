"""Importing the cards of a file into an address book.

A card that is known changes nothing: by its uid and its content, wherever its contact was edited or
merged since. A known uid with another content brings what is new. One card that cannot be imported
is a line of the report and stops no other.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kith.contacts.creation_repository import ContactCreation
from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.fingerprint import contact_fingerprint
from kith.contacts.exchange.normalizer import card_from_contact, new_uid, normalize_card, stored_uid
from kith.contacts.exchange.pending_photos import store_pending_photos
from kith.contacts.exchange.repository import ExchangeRepository, RememberedCard
from kith.contacts.exchange.updater import update_card
from kith.contacts.mapper import apply_update, new_contact
from kith.contacts.models import Contact
from kith.contacts.quotas import quota_limits
from kith.contacts.repository import ContactRepository
from kith.contacts.rows import ContactRow
from kith.contacts.search.text import sort_name
from kith.database.errors import is_value_error
from kith.errors import Conflict

CardStatus = Literal["created", "updated", "skipped", "failed"]
_Item = TypeVar("_Item")

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


@dataclass
class CardToImport:
    """A card that the address book accepts, as the contact that it would be."""

    card: Card
    contact: Contact
    result: CardResult
    uid: str | None
    copies: list[CardResult] = field(default_factory=list)

    @cached_property
    def digest(self) -> bytes:
        return contact_fingerprint(self.contact, self.uid)


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """A file, read and normalized; nothing of it is in the database yet."""

    results: list[CardResult]
    cards: list[CardToImport]


def prepare_import(cards: Iterable[Card], owner: Owner) -> PreparedImport:
    """Normalize all cards of a file: the long part of an import, before its transaction begins."""
    results: list[CardResult] = []
    accepted: dict[bytes, CardToImport] = {}
    uids: set[str] = set()
    for card in cards:
        result = CardResult(card.line)
        results.append(result)
        candidate = _accept(card, owner, result)
        if candidate is None:
            continue
        if first := accepted.get(candidate.digest):
            first.copies.append(result)
            continue
        if candidate.uid in uids:
            result.changes = (*result.changes, "uid_repeated")
            candidate = replace(candidate, uid=None)
        uids |= {candidate.uid} if candidate.uid else set()
        accepted.setdefault(candidate.digest, candidate)
    return PreparedImport(results, list(accepted.values()))


def _accept(card: Card, owner: Owner, result: CardResult) -> CardToImport | None:
    payload, card = normalize_card(card, owner.today)
    result.changes = card.remarks
    if payload is None:
        status: CardStatus = "skipped" if card.failure == "group_card" else "failed"
        result.settle(status, None, card.failure)
        return None
    return CardToImport(card, new_contact(payload, owner.region), result, stored_uid(card))


class _Plan:
    """What a file means for an address book: which cards are new, and which change a contact."""

    def __init__(self, connection: Connection, owner: Owner, cards: Sequence[CardToImport]) -> None:
        self._owner = owner
        self.repository = ExchangeRepository(connection, owner.id)
        self.changed: list[tuple[CardToImport, int]] = []
        known = _KnownContacts(self.repository, owner, cards)
        unknown: list[CardToImport] = []
        for card in cards:
            if contact_id := known.by_content(card):
                card.result.settle("skipped", contact_id, "unchanged")
            elif contact_id := known.by_uid(card):
                self.changed.append((card, contact_id))
            else:
                unknown.append(card)
        new = self._without_look_alikes(unknown)
        usage = ContactCreation(connection, owner.id, quota_limits()).usage()
        room = max(0, quota_limits().most_living - usage.living) if usage else 0
        self.new = new[:room]
        _refuse(new[room:])

    def _without_look_alikes(self, cards: Sequence[CardToImport]) -> list[CardToImport]:
        """Whoever is in the book with exactly this content is not new, unless uids differ."""
        names = (sort_name(each.contact.first_name, each.contact.last_name) for each in cards)
        alike: dict[tuple[bytes, bool], deque[ContactRow]] = {}
        for row in self.repository.with_sort_names(names):
            alike.setdefault((contact_fingerprint(row), bool(row.uid)), deque()).append(row)
        new: list[CardToImport] = []
        for card in cards:
            digest = contact_fingerprint(card.contact)
            twins = alike.get((digest, False)) or (not card.uid and alike.get((digest, True)))
            if twins:
                card.result.settle("skipped", twins.popleft().id, "already_there")
            else:
                new.append(card)
        return new

    def updates(
        self, batch: Sequence[tuple[CardToImport, int]], stored: Mapping[int, ContactRow]
    ) -> list[Contact]:
        """Copies of the contacts that the cards of a batch really change, each once."""
        copies = {contact_id: row.copy() for contact_id, row in stored.items()}
        changed = {
            contact_id for card, contact_id in batch if self._update(card, copies[contact_id])
        }
        return [copies[contact_id] for contact_id in changed]

    def _update(self, card: CardToImport, contact: Contact) -> bool:
        before = contact_fingerprint(contact)
        updated = update_card(card_from_contact(contact), card.card)
        payload, updated = normalize_card(updated, self._owner.today)
        card.result.changes = updated.remarks
        if payload:
            apply_update(contact, payload, self._owner.region)
        is_changed = contact_fingerprint(contact) != before
        if is_changed:
            card.result.settle("updated", contact.id)
        else:
            card.result.settle("skipped", contact.id, "unchanged")
        return is_changed


def rehearse_import(connection: Connection, owner: Owner, prepared: PreparedImport) -> None:
    """Settle the results as ``Importer`` would, and write nothing."""
    plan = _Plan(connection, owner, prepared.cards)
    for batch in _batches(plan.changed):
        plan.updates(batch, plan.repository.living_rows([contact_id for _, contact_id in batch]))
    for card in plan.new:
        card.result.settle("created", None)
    _settle_copies(prepared.cards)


class Importer:
    """One file that enters one owner's address book, in one transaction and at one moment."""

    def __init__(self, session: Session, owner: Owner, at: datetime) -> None:
        self._connection = session.connection()
        self._contacts = ContactRepository(session, owner.id)
        self._owner = owner
        self._at = at

    def run(self, prepared: PreparedImport) -> None:
        """Store what is new.

        Raises:
            ImportRunning: another import of this owner has not ended yet.
        """
        repository = ExchangeRepository(self._connection, self._owner.id)
        if not repository.claim():
            raise ImportRunning
        plan = _Plan(self._connection, self._owner, prepared.cards)
        for batch in _batches(plan.changed):
            stored = self._contacts.lock_many([contact_id for _, contact_id in batch])
            self._contacts.save_many(plan.updates(batch, stored), self._at)
        for cards in _batches(plan.new):
            self._create(cards)
        _settle_copies(prepared.cards)
        self._remember(repository, prepared.cards)
        self._keep_photos(prepared.cards)

    def _create(self, cards: Sequence[CardToImport]) -> None:
        """All in one statement; when the database refuses one of them, the halves by themselves."""
        try:
            with self._connection.begin_nested():
                self._create_at_once(cards)
        except DBAPIError as error:
            if not is_value_error(error):
                raise
            self._create_by_halves(cards)

    def _create_at_once(self, cards: Sequence[CardToImport]) -> None:
        for card in cards:
            card.contact.uid = card.uid
        creation = ContactCreation(self._connection, self._owner.id, quota_limits())
        if not creation.create([card.contact for card in cards], self._at, counted=False):
            _refuse(cards)
            return
        for card in cards:
            card.result.settle("created", card.contact.id)

    def _create_by_halves(self, cards: Sequence[CardToImport]) -> None:
        if len(cards) == 1:
            cards[0].result.settle("failed", None, "refused")
            return
        middle = len(cards) // 2
        self._create(cards[:middle])
        self._create(cards[middle:])

    def _remember(self, repository: ExchangeRepository, cards: Sequence[CardToImport]) -> None:
        repository.remember(
            RememberedCard(card.digest, card.result.id, card.uid)
            for card in cards
            if card.result.id is not None
        )

    def _keep_photos(self, cards: Sequence[CardToImport]) -> None:
        photos = {
            card.result.id: card.card.photo
            for card in cards
            if card.card.photo and card.result.id and card.result.status in {"created", "updated"}
        }
        store_pending_photos(self._connection, self._owner.id, photos, self._at)


class _KnownContacts:
    """Which living contacts the cards of a file are."""

    def __init__(
        self, repository: ExchangeRepository, owner: Owner, cards: Sequence[CardToImport]
    ) -> None:
        self._living = repository.living()
        self._merged_into = repository.merged_into()
        self._cards = repository.known_cards([card.digest for card in cards])
        uids = {card.uid for card in cards if card.uid}
        self._uids = repository.by_uid(sorted(uids))
        if uids - self._uids.keys():
            self._uids |= {
                uid: [contact_id]
                for contact_id in repository.ids_without_uid()
                if (uid := new_uid(owner.id, contact_id)) in uids
            }

    def by_content(self, card: CardToImport) -> int | None:
        return self._current(self._cards.get(card.digest))

    def by_uid(self, card: CardToImport) -> int | None:
        found = map(self._current, self._uids.get(card.uid or "", []))
        return next((each for each in found if each), None)

    def _current(self, contact_id: int | None) -> int | None:
        """The contact itself if it lives, else the one that it was merged into."""
        seen: set[int] = set()
        while contact_id is not None and contact_id not in self._living:
            if contact_id in seen:
                return None
            seen.add(contact_id)
            contact_id = self._merged_into.get(contact_id)
        if contact_id is not None:  # who asks again does not walk the whole chain again
            self._merged_into |= dict.fromkeys(seen, contact_id)
        return contact_id


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _refuse(cards: Sequence[CardToImport]) -> None:
    for card in cards:
        card.result.settle("failed", None, "address_book_full")


def _settle_copies(cards: Sequence[CardToImport]) -> None:
    for card in cards:
        for copy in card.copies:
            copy.settle("skipped", card.result.id, "twice_in_the_file")
