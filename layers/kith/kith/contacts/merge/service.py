"""Merging contacts of one person, and undoing it for as long as the losers are in the trash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row

from kith.contacts.exchange.importer import ImportRunning
from kith.contacts.exchange.normalizer import card_from_contact, normalize_card
from kith.contacts.exchange.repository import ExchangeRepository
from kith.contacts.mapper import Draft, ExtraTooLarge, draft_contact
from kith.contacts.merge.policy import merge_cards
from kith.contacts.merge.repository import MergeRepository
from kith.contacts.merge.undo import MergeChanges, merge_changes, revert_changes
from kith.contacts.quotas import address_book_full, quota_limits
from kith.contacts.repository import LockedRow
from kith.contacts.service import ContactNotFound, ContactService, ContactView
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
    contact: ContactView
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class UndoResult:
    """A merge that was undone; ``contact`` is None when the winner was removed for good since."""

    contact: ContactView | None
    restored: list[int]


class MergeService:
    """The merges of one owner's address book, in one transaction and at one moment."""

    def __init__(self, book: ContactService) -> None:
        self._book = book
        self._merges = MergeRepository(book.connection, book.owner.id)

    def merge(self, winner_id: int, loser_ids: Sequence[int]) -> MergeResult:
        """Give one contact all that others know, and move those to the trash.

        Raises:
            ContactNotFound: one of them is not there, or in the trash.
            ExtraTooLarge: one contact cannot hold all of it.
            ImportRunning: an import or a merge of this owner has not ended yet.
        """
        self._claim()
        stored = self._book.contacts.lock_many([winner_id, *loser_ids])
        if not all(each in stored and _lives(stored[each]) for each in (winner_id, *loser_ids)):
            raise ContactNotFound
        winner, losers = stored[winner_id], [stored[each] for each in loser_ids]
        draft = self._united(winner, losers) | self._photo(winner, losers)
        self._book.contacts.bury(loser_ids, self._book.at)
        shown = self._book.write(winner_id, draft)
        merge_id = uuid4()
        gained = merge_changes(winner, {**winner, **draft})
        self._merges.keep(merge_id, winner_id, list(loser_ids), gained, self._book.at)
        return MergeResult(merge_id, shown, self._book.at + settings().merge_undo_life)

    def undo(self, merge_id: UUID) -> UndoResult:
        """Bring the losers back and take from the winner what it has of them, if it is so still.

        Raises:
            MergeNotFound: the owner has no such merge.
            MergeUndone, MergeTooOld, LoserGone, MergedOnwards: it is too late.
            QuotaUsedUp: the address book is full.
        """
        self._claim()
        merge = self._merges.lock(merge_id)
        if merge is None:
            raise MergeNotFound
        self._check_undoable(merge)
        stored = self._book.contacts.lock_many([merge.winner_id, *merge.loser_ids])
        if any(each not in stored for each in merge.loser_ids):
            raise LoserGone
        self._raise_up([each for each in merge.loser_ids if not _lives(stored[each])])
        self._merges.mark_undone(merge_id, self._book.at)
        winner = stored.get(merge.winner_id)
        shown = self._take_back(winner, merge.gained) if winner else None
        return UndoResult(shown, merge.loser_ids)

    def _claim(self) -> None:
        if not ExchangeRepository(self._book.connection, self._book.owner.id).claim():
            raise ImportRunning

    def _united(self, winner: LockedRow, losers: Sequence[LockedRow]) -> Draft:
        card = merge_cards(card_from_contact(winner), [card_from_contact(each) for each in losers])
        sent, card = normalize_card(card, self._book.owner.today)
        if sent is None or "extra_shortened" in card.remarks:
            raise ExtraTooLarge
        return draft_contact(sent, self._book.owner.region, winner)

    def _photo(self, winner: LockedRow, losers: Sequence[LockedRow]) -> Draft:
        """Both may show one picture: it is only removed when nobody does."""
        names = ("photo_url", "photo_public_id")
        shown = next((each for each in losers if each["photo_url"]), None)
        if winner["photo_url"] or shown is None:
            return {}
        return {name: shown[name] for name in names}

    def _check_undoable(self, merge: Row[Any]) -> None:
        if merge.undone_at:
            raise MergeUndone
        if self._book.at >= merge.created_at + settings().merge_undo_life:
            raise MergeTooOld
        if self._merges.has_lost_since(merge.winner_id, merge.created_at):
            raise MergedAgain

    def _raise_up(self, buried: Sequence[int]) -> None:
        at, most = self._book.at, quota_limits().most_living
        if buried and not self._book.contacts.raise_up(buried, at, most):
            raise address_book_full()

    def _take_back(self, winner: LockedRow, gained: MergeChanges) -> ContactView:
        columns = _still_named({**winner, **revert_changes(winner, gained)}, winner)
        sent, _ = normalize_card(card_from_contact(columns), self._book.owner.today)
        assert sent is not None  # noqa: S101 - a part of what was there fits where it was
        draft = draft_contact(sent, self._book.owner.region, winner)
        photo = {name: columns[name] for name in ("photo_url", "photo_public_id")}
        return self._book.write(winner["id"], draft | photo)


def _lives(contact: LockedRow) -> bool:
    return contact["deleted_at"] is None


def _still_named(columns: Mapping[str, Any], winner: LockedRow) -> Mapping[str, Any]:
    """A name that the merge gave stays where it is the only one that is left."""
    if columns["first_name"] or columns["last_name"]:
        return columns
    return {**columns, **{name: winner[name] for name in ("first_name", "last_name")}}
