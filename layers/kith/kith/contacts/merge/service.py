"""Merging contacts of one person, and undoing it for as long as the losers are in the trash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from kith.contacts.exchange.normalizer import card_from_contact, normalize_card
from kith.contacts.exchange.repository import ExchangeRepository
from kith.contacts.mapper import ExtraTooLarge, apply_update
from kith.contacts.merge.policy import MergeChanges, fill_missing, merge_cards, revert_changes
from kith.contacts.merge.repository import MergeRepository
from kith.contacts.models import Contact, Merge
from kith.contacts.quotas import address_book_full, quota_limits
from kith.contacts.relations.service import (
    RelationLinks,
    name_in_relations,
    relink_restored,
    unlink_trashed,
)
from kith.contacts.rows import ContactRow
from kith.contacts.service import ContactNotFound, ContactService
from kith.errors import Conflict, NotFound
from kith.settings import settings


class MergeNotFound(NotFound):
    code = "merge_not_found"
    detail = "There is no such merge."


class MergeUndone(Conflict):
    code = "merge_undone"
    detail = "This merge has been undone already."


class MergeTooOld(Conflict):
    code = "merge_too_old"
    detail = "This merge is too old to be undone."


class LoserGone(Conflict):
    code = "merged_contact_gone"
    detail = "A contact of this merge has been removed for good."


class MergedAgain(Conflict):
    code = "merged_onwards"
    detail = "The contact was merged into another since; undo that merge first."


@dataclass(frozen=True, slots=True)
class MergeResult:
    """A merge that was carried out."""

    merge_id: UUID
    contact: Contact
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class UndoResult:
    """A merge that was undone; ``contact`` is None when the winner was removed for good since."""

    contact: Contact | None
    restored: Sequence[int]


class MergeService:
    """The merges of one owner's address book, in one transaction and at one moment."""

    def __init__(self, service: ContactService) -> None:
        self._service = service
        self._contacts = service.contacts
        self._merges = MergeRepository(service.session, service.owner.id)

    def merge(self, winner_id: int, loser_ids: Sequence[int]) -> MergeResult:
        """Give one contact all that others know, and move those to the trash.

        Raises:
            ContactNotFound: one of them is not there, or in the trash.
            ExtraTooLarge: one contact cannot hold all of it.
            ImportRunning: an import or a merge of this owner has not ended yet.
        """
        self._claim()
        stored = self._contacts.lock_many([winner_id, *loser_ids])
        if not all(each in stored and _is_living(stored[each]) for each in (winner_id, *loser_ids)):
            raise ContactNotFound
        winner = self._winner(winner_id)
        losers = {each: stored[each] for each in loser_ids}
        self._unite(winner, [*losers.values()])
        self._link_winner(winner, stored[winner_id], losers)
        self._contacts.move_to_trash(loser_ids, self._service.at)
        merge = Merge(
            id=uuid4(),
            winner_id=winner_id,
            loser_ids=list(loser_ids),
            gained=MergeChanges(stored[winner_id], winner).to_json(),
            created_at=self._service.at,
        )
        self._merges.add(merge)
        self._service.save(winner)
        return MergeResult(merge.id, winner, self._service.at + settings().merge_undo_life)

    def undo(self, merge_id: UUID) -> UndoResult:
        """Bring the losers back and take from the winner what it has of them, if it is so still.

        Raises:
            MergeNotFound: the owner has no such merge.
            MergeUndone, MergeTooOld, LoserGone, MergedAgain: it is too late.
            QuotaUsedUp: the address book is full.
        """
        self._claim()
        merge = self._merges.lock(merge_id)
        if merge is None:
            raise MergeNotFound
        self._check_undoable(merge)
        stored = self._contacts.lock_many([merge.winner_id, *merge.loser_ids])
        if any(each not in stored for each in merge.loser_ids):
            raise LoserGone
        trashed = {each: stored[each] for each in merge.loser_ids if not _is_living(stored[each])}
        self._restore(list(trashed))
        relink_restored(self._contacts, trashed, self._service.at)
        merge.undone_at = self._service.at
        now = stored.get(merge.winner_id)
        return UndoResult(self._revert(now, merge) if now else None, merge.loser_ids)

    def _claim(self) -> None:
        connection = self._service.session.connection()
        ExchangeRepository(connection, self._service.owner.id).claim()

    def _winner(self, contact_id: int) -> Contact:
        winner = self._contacts.lock(contact_id)
        assert winner is not None  # noqa: S101 - it is locked already
        return winner

    def _unite(self, winner: Contact, losers: Sequence[ContactRow]) -> None:
        card = merge_cards(card_from_contact(winner), [card_from_contact(row) for row in losers])
        payload, card = normalize_card(card, self._service.owner.today)
        if payload is None or "extra_shortened" in card.remarks:
            raise ExtraTooLarge
        apply_update(winner, payload, self._service.owner.region)
        fill_missing(winner, losers, merged=payload.model_fields_set)

    def _link_winner(
        self, winner: Contact, before: ContactRow, losers: Mapping[int, ContactRow]
    ) -> None:
        """Who had a relation to a loser has one to the winner; among themselves they have none."""
        relations = winner.details.relations
        others = tuple(each for each in relations if each.contact_id not in losers)
        if others != relations:
            winner.details = replace(winner.details, relations=others)
        unlink_trashed(self._contacts, losers, self._service.at, without=[winner.id])
        links = RelationLinks(self._contacts, winner, before.details, without=losers)
        links.forget_absent(winner.id)
        links.name_others()
        names = {name_in_relations(each) for each in losers.values()}
        links.mirror(self._service.at, aliases=names)

    def _check_undoable(self, merge: Merge) -> None:
        if merge.undone_at:
            raise MergeUndone
        if self._service.at >= merge.created_at + settings().merge_undo_life:
            raise MergeTooOld
        if self._merges.is_overtaken(merge):
            raise MergedAgain

    def _restore(self, trashed: Sequence[int]) -> None:
        most = quota_limits().most_living
        if trashed and not self._contacts.restore(trashed, self._service.at, most):
            raise address_book_full()

    def _revert(self, now: ContactRow, merge: Merge) -> Contact:
        """A name that the merge gave stays where it is the only one that is left."""
        winner = self._winner(now.id)
        before = winner.details
        revert_changes(winner, MergeChanges.from_json(merge.gained, now))
        if not winner.first_name and not winner.last_name:
            winner.first_name, winner.last_name = now.first_name, now.last_name
        if winner.deleted_at is None:
            links = RelationLinks(self._contacts, winner, before)
            links.forget_absent(winner.id)
            links.name_others()
            links.mirror(self._service.at)
        return self._service.save(winner)


def _is_living(row: ContactRow) -> bool:
    return row.deleted_at is None
