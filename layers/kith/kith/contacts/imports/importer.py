"""Importing the cards of a file into an address book.

A card that is known changes nothing: by its uid, or without one by its content, wherever its
contact was edited or merged since. Of one that says something else only what the file itself has
changed since the last time counts (``exchange.updater``). One card that cannot be imported is a
line of the report and stops no other.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kith.contacts.creation_repository import ContactCreation
from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.fingerprint import contact_fingerprint
from kith.contacts.exchange.normalizer import card_from_contact, new_uid, normalize_card, stored_uid
from kith.contacts.exchange.pending_photos import store_pending_photos
from kith.contacts.exchange.remembered_card import is_photo_known, recall_card, remember_card
from kith.contacts.exchange.repository import ExchangeRepository, RememberedCard
from kith.contacts.exchange.updater import update_card
from kith.contacts.mapper import apply_update, new_contact
from kith.contacts.merge.policy import MergeChanges
from kith.contacts.models import Contact, ContactColumns
from kith.contacts.quotas import quota_limits
from kith.contacts.repository import ContactRepository
from kith.contacts.rows import ROW_COLUMNS, ContactRow
from kith.contacts.search.text import sort_name
from kith.database.errors import is_value_error
from kith.settings import settings

CardStatus = Literal["created", "updated", "skipped", "failed"]
ColumnChanges = Mapping[str, Mapping[str, object]]
_Item = TypeVar("_Item")

_BATCH: Final = 500
_CARDS_REMEMBERED: Final = 5  # for each contact that an address book may hold
_STORED: Final = 3  # times as many as may live are stored at most, those in the trash counted


@dataclass(slots=True)
class CardResult:
    """What became of one card.

    Attributes:
        line: where the card begins in the file.
        status: what was done.
        reason: why it was skipped or failed; a stable word.
        id: the contact that it is now; None where there is none, or not yet.
        changes: what was changed on the way in; stable words.
        kept_yours: the fields that the file changed and the owner too, so that they stayed.
    """

    line: int
    status: CardStatus = "failed"
    reason: str | None = None
    id: int | None = None
    changes: Sequence[str] = ()
    kept_yours: Sequence[str] = ()

    def settle(self, status: CardStatus, contact_id: int | None, reason: str | None = None) -> None:
        self.status, self.id, self.reason = status, contact_id, reason


@dataclass
class CardToImport:
    """A card that the address book accepts, as the contact that it would be.

    Attributes:
        known: the card that the last file had of the same person, if we know it.
        changed: what it changed of its contact, as ``MergeChanges`` writes it.
        brings_photo: whether its photo is new.
    """

    card: Card
    contact: Contact
    result: CardResult
    uid: str | None
    copies: list[CardResult] = field(default_factory=list)
    known: RememberedCard | None = None
    changed: ColumnChanges | None = None
    brings_photo: bool = False

    @cached_property
    def digest(self) -> bytes:
        return contact_fingerprint(self.contact, self.uid)

    @cached_property
    def content(self) -> Card:
        """What it says, as it would be stored."""
        return card_from_contact(self.contact)

    def says_what_is_known(self) -> bool:
        """Whether the last file said just the same."""
        return (
            self.known is not None
            and self.known.digest == self.digest
            and (self.known.content is None or is_photo_known(self.known.content, self.card.photo))
        )

    def to_remember(self, contact_id: int) -> RememberedCard:
        content = remember_card(self.content, self.card.photo)
        replaces = self.known.digest if self.known else None
        return RememberedCard(self.digest, contact_id, self.uid, content, replaces)


class _Match(NamedTuple):
    """A card that says something new about a contact."""

    card: CardToImport
    contact_id: int


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


def without_repeated_uids(
    connection: Connection, owner: Owner, prepared: PreparedImport, file_at: datetime
) -> PreparedImport:
    """A piece of a file; a uid that another card of an earlier piece has counts no more."""
    uids = sorted({card.uid for card in prepared.cards if card.uid})
    said = ExchangeRepository(connection, owner.id).cards_of_uids(uids)
    cards = list(prepared.cards)
    for place, card in enumerate(cards):
        known = said.get(card.uid or "", [])
        if any(each.imported_at == file_at and each.digest != card.digest for each in known):
            card.result.changes = (*card.result.changes, "uid_repeated")
            cards[place] = replace(card, uid=None)
    return PreparedImport(prepared.results, cards)


class _Plan:
    """What a file means for an address book: which cards are new, and which change a contact."""

    def __init__(self, connection: Connection, owner: Owner, cards: Sequence[CardToImport]) -> None:
        self._owner = owner
        self._connection = connection
        self.repository = ExchangeRepository(connection, owner.id)
        self.changed: list[_Match] = []
        known = _KnownContacts(self.repository, owner, cards)
        unknown: list[CardToImport] = []
        for card in cards:
            contact_id = known.find(card)
            if contact_id is None:
                unknown.append(card)
            elif card.says_what_is_known():
                card.result.settle("skipped", contact_id, "unchanged")
            else:
                self.changed.append(_Match(card, contact_id))
        self.new = self._without_look_alikes(unknown)

    def make_room(self) -> None:
        """Refuse the new ones that the address book has no room for."""
        usage = ContactCreation(self._connection, self._owner.id, quota_limits()).usage()
        most, living = quota_limits().most_living, usage.living if usage else 0
        room = max(0, most - living)
        refused, self.new = self.new[room:], self.new[:room]
        _refuse(refused)
        if self.new:
            stored = _STORED * most - living - self.repository.count_trash()
            refused, self.new = self.new[max(0, stored) :], self.new[: max(0, stored)]
            _refuse(refused, "trash_full")

    def _without_look_alikes(self, cards: Sequence[CardToImport]) -> list[CardToImport]:
        """Whoever is in the book with exactly this content is not new, unless uids differ."""
        names = (sort_name(each.contact.first_name, each.contact.last_name) for each in cards)
        rows = self.repository.with_sort_names(names)
        alike: dict[tuple[bytes, bool], deque[ContactRow]] = {}
        for row in rows:
            alike.setdefault((contact_fingerprint(row), bool(row.uid)), deque()).append(row)
        new: list[CardToImport] = []
        for card in cards:
            digest = contact_fingerprint(card.contact)
            twins = alike.get((digest, False)) or (not card.uid and alike.get((digest, True)))
            if twins:
                card.result.settle("skipped", twins.popleft().id, "already_there")
            else:
                new.append(card)
        return self._without_namesakes(new, rows)

    def _without_namesakes(
        self, cards: Sequence[CardToImport], rows: Sequence[ContactRow]
    ) -> list[CardToImport]:
        """A card without a uid is whoever has its name and a number or address of it, if one is."""
        known = _by_certain_keys(rows)
        found = {
            id(card): ids.pop()
            for card in cards
            if not card.uid and len(ids := _certain_ids(card.contact, known)) == 1
        }
        last = self.repository.cards_without_uid(sorted(set(found.values())))
        spoken_for = {card.digest for card in cards}
        for card in cards:
            if contact_id := found.get(id(card)):
                said = last.get(contact_id, [])
                card.known = next((each for each in said if each.digest not in spoken_for), None)
                self.changed.append(_Match(card, contact_id))
        return [card for card in cards if id(card) not in found]

    def updates(self, batch: Sequence[_Match], stored: Mapping[int, ContactRow]) -> list[Contact]:
        """Copies of the contacts that the cards of a batch really change, each once.

        Whose contact was deleted since the plan was made is new.
        """
        copies = {row.id: row.copy() for row in stored.values() if row.deleted_at is None}
        self.new += [card for card, contact_id in batch if contact_id not in copies]
        changed = {
            contact_id
            for card, contact_id in batch
            if contact_id in copies and self._update(card, copies[contact_id])
        }
        return [copies[contact_id] for contact_id in changed]

    def _update(self, card: CardToImport, contact: Contact) -> bool:
        before, ours = frozen_row(contact), card_from_contact(contact)
        updated, kept = update_card(ours, _last_card(card, ours), card.content)
        payload, updated = normalize_card(
            replace(updated, remarks=card.card.remarks), self._owner.today
        )
        card.result.changes, card.result.kept_yours = updated.remarks, kept
        if payload:
            apply_update(contact, payload, self._owner.region)
        is_changed = contact_fingerprint(contact) != contact_fingerprint(before)
        if is_changed:
            card.changed = MergeChanges(before, contact).to_json()
        self._take_photo(card, contact)
        status: CardStatus = "updated" if is_changed or card.brings_photo else "skipped"
        reason = "kept_yours" if card.result.kept_yours else "unchanged"
        card.result.settle(status, contact.id, None if status == "updated" else reason)
        return is_changed

    def _take_photo(self, card: CardToImport, contact: Contact) -> None:
        """A photo that the last file had is no news; without one before, the owner's own stays."""
        last = card.known.content if card.known else None
        if card.card.photo is None or is_photo_known(last, card.card.photo):
            return
        card.brings_photo = not contact.photo_url or "photo" in (last or {})
        if not card.brings_photo:
            card.result.kept_yours = (*card.result.kept_yours, "photo")


def rehearse_import(connection: Connection, owner: Owner, prepared: PreparedImport) -> None:
    """Settle the results as ``Importer`` would, and write nothing."""
    plan = _Plan(connection, owner, prepared.cards)
    for batch in _batches(plan.changed):
        plan.updates(batch, plan.repository.living_rows([contact_id for _, contact_id in batch]))
    plan.make_room()
    for card in plan.new:
        card.result.settle("created", None)
    _settle_copies(prepared.cards)


class Importer:
    """One file that enters one owner's address book, in one transaction and at one moment."""

    def __init__(
        self,
        session: Session,
        owner: Owner,
        at: datetime,
        check_time: Callable[[], object] = bool,
    ) -> None:
        """``check_time`` is called between the batches and may raise, so that nothing is done."""
        self._connection = session.connection()
        self._contacts = ContactRepository(session, owner.id)
        self._owner = owner
        self._at = at
        self._check_time = check_time

    def run(self, prepared: PreparedImport, file_at: datetime | None = None) -> None:
        """Store what is new; ``file_at`` is when the file came, of which this may be a piece.

        Raises:
            ImportRunning: another import of this owner has not ended yet.
        """
        repository = ExchangeRepository(self._connection, self._owner.id)
        repository.claim()
        plan = _Plan(self._connection, self._owner, prepared.cards)
        for batch in _batches(plan.changed):
            self._check_time()
            stored = self._contacts.lock_many([contact_id for _, contact_id in batch])
            self._contacts.save_many(plan.updates(batch, stored), self._at)
        plan.make_room()
        for cards in _batches(plan.new):
            self._check_time()
            self._create(cards)
        _settle_copies(prepared.cards)
        self._remember(repository, prepared.cards, file_at or self._at)
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
            card.brings_photo = card.card.photo is not None

    def _create_by_halves(self, cards: Sequence[CardToImport]) -> None:
        if len(cards) == 1:
            cards[0].result.settle("failed", None, "refused")
            return
        middle = len(cards) // 2
        self._create(cards[:middle])
        self._create(cards[middle:])

    def _remember(
        self, repository: ExchangeRepository, cards: Sequence[CardToImport], at: datetime
    ) -> None:
        repository.remember(
            (
                card.to_remember(card.result.id)
                for card in cards
                if card.result.id is not None and not _is_remembered(card)
            ),
            at,
        )
        repository.forget_oldest_cards(_CARDS_REMEMBERED * settings().contacts_living)

    def _keep_photos(self, cards: Sequence[CardToImport]) -> None:
        photos = {
            card.result.id: card.card.photo
            for card in cards
            if card.brings_photo and card.card.photo and card.result.id
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
        self._said = repository.cards_of_uids(sorted(uids))
        self._uids = repository.by_uid(sorted(uids))
        if uids - self._uids.keys() - self._said.keys():
            self._uids |= {
                uid: [contact_id]
                for contact_id in repository.ids_without_uid()
                if (uid := new_uid(owner.id, contact_id)) in uids
            }

    def find(self, card: CardToImport) -> int | None:
        """The living contact of a card, which learns what the last file said of it."""
        if card.uid is None:
            card.known = self._cards.get(card.digest)
            return self._current(card.known.contact_id) if card.known else None
        said = self._said.get(card.uid, [])
        found = [*self._uids.get(card.uid, []), *(each.contact_id for each in said)]
        contact_id = next((each for each in map(self._current, found) if each), None)
        card.known = next((each for each in said if self._is_of(each, contact_id)), None)
        return contact_id

    def _is_of(self, card: RememberedCard, contact_id: int | None) -> bool:
        return contact_id is not None and self._current(card.contact_id) == contact_id

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


def _refuse(cards: Sequence[CardToImport], reason: str = "address_book_full") -> None:
    for card in cards:
        card.result.settle("failed", None, reason)


def frozen_row(contact: ContactColumns) -> ContactRow:
    """A contact as it is now, whatever becomes of it."""
    return ContactRow(*(getattr(contact, name) for name in ROW_COLUMNS))


def _last_card(card: CardToImport, ours: Card) -> Card:
    """What the last file said; of an export of ours, unless it is outdated, what is here."""
    if card.card.revised_at and card.card.revised_at == ours.revised_at:
        return ours
    return recall_card(card.known.content if card.known else None)


def _is_remembered(card: CardToImport) -> bool:
    known = card.known
    return (
        card.says_what_is_known()
        and known is not None
        and known.content is not None
        and known.contact_id == card.result.id
    )


def _certain_keys(contact: ContactColumns) -> Iterator[Hashable]:
    """What two contacts of one name share only if they are one person."""
    name = sort_name(contact.first_name, contact.last_name)
    for email in contact.emails:
        yield name, email.address.casefold()
    for phone in contact.phones:
        yield name, phone.e164 or phone.number, phone.extension


def _by_certain_keys(rows: Iterable[ContactRow]) -> dict[Hashable, set[int]]:
    known: dict[Hashable, set[int]] = {}
    for row in rows:
        for key in _certain_keys(row):
            known.setdefault(key, set()).add(row.id)
    return known


def _certain_ids(contact: Contact, known: Mapping[Hashable, set[int]]) -> set[int]:
    return {each for key in _certain_keys(contact) for each in known.get(key, ())}


def _settle_copies(cards: Sequence[CardToImport]) -> None:
    for card in cards:
        for copy in card.copies:
            copy.settle("skipped", card.result.id, "twice_in_the_file")
