"""Big imports from their upload to their cancellation, and the undo of every import.

An undo: what it brought leaves, what was corrected since stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kith.contacts.details.entities import DETAIL_NAMES
from kith.contacts.entities import Owner
from kith.contacts.exchange.pending_photos import discard_pending_photos
from kith.contacts.exchange.repository import ExchangeRepository, RememberedCard
from kith.contacts.imports.importer import frozen_row
from kith.contacts.imports.recording import recall_known
from kith.contacts.imports.repository import UNFINISHED, ImportRepository
from kith.contacts.merge.policy import MergeChanges, revert_changes
from kith.contacts.models import Contact, ImportItem, ImportRecord
from kith.contacts.relations.service import unlink_trashed
from kith.contacts.service import ContactService
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Conflict
from kith.mail.queue import post_import
from kith.settings import settings

_BATCH: Final = 500
_BIRTHDAY: Final = frozenset({"birth_year", "birth_month", "birth_day"})


class ImportUndone(Conflict):
    code = "import_undone"
    detail = "This import has been undone already."


class ImportTooOld(Conflict):
    code = "import_too_old"
    detail = "This import is too old to be undone."


class ImportNotFinished(Conflict):
    code = "import_not_finished"
    detail = "This import has not ended yet; cancel it first."


class ImportFinished(Conflict):
    code = "import_finished"
    detail = "This import has ended already."


class UploadAbsent(Conflict):
    code = "upload_missing"
    detail = "The file has not been uploaded yet."


class TooManyImports(Conflict):
    code = "too_many_imports"
    detail = "Other imports have not ended yet; wait for one of them, or cancel it."


def create_import(session: Session, owner: Owner, record: ImportRecord) -> ImportRecord:
    """Store an import that is going to be worked on.

    Raises:
        TooManyImports: the owner has as many that have not ended as there may be.
    """
    imports = ImportRepository(session, owner.id)
    if imports.unfinished() >= settings().imports_unfinished:
        raise TooManyImports
    imports.add(record)
    return record


def start_import(work: UnitOfWork, owner: Owner, import_id: UUID, size: int) -> ImportRecord:
    """Let the job begin, once; a file of ``size`` bytes was uploaded.

    Raises:
        ImportNotFound: the owner has no such import.
        ImportFinished: it ended, or was cancelled.
    """
    record = ImportRepository(work.session, owner.id).lock(import_id)
    if record.state not in UNFINISHED:
        raise ImportFinished
    if record.state == "uploading":
        record.state, record.size = "queued", size
        queue_import(work, record)
    return record


def queue_import(work: UnitOfWork, record: ImportRecord) -> None:
    """Post an import after the commit; what SQS does not take is posted by the cleanup."""
    work.after_commit(lambda: post_import(record.owner_id, record.id))


def cancel_import(session: Session, owner: Owner, import_id: UUID, at: datetime) -> None:
    """End an import before its time; what it did by now stays, and can be undone.

    Raises:
        ImportNotFound: the owner has no such import.
        ImportFinished: it ended by itself.
    """
    record = ImportRepository(session, owner.id).lock(import_id)
    if record.state in UNFINISHED:
        record.state, record.finished_at = "cancelled", at
    elif record.state != "cancelled":
        raise ImportFinished


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A contact that an undo left as it is, in whole or in part.

    Attributes:
        reason: ``changed_since``; or ``merged_since``: it took in another contact.
        fields: which were changed since, so that they stayed.
    """

    id: int
    reason: str
    fields: Sequence[str] = ()


@dataclass(slots=True)
class UndoneImport:
    """What an undo did: how many contacts left, how many have values of before."""

    record: ImportRecord
    trashed: int = 0
    reverted: int = 0
    kept: list[KeptContact] = field(default_factory=list)


class ImportUndo:
    """The undo of one owner's imports, in one transaction and at one moment."""

    def __init__(self, service: ContactService) -> None:
        self._service = service
        self._contacts = service.contacts
        self._imports = ImportRepository(service.session, service.owner.id)
        self._exchange = ExchangeRepository(service.session.connection(), service.owner.id)

    def undo(self, import_id: UUID) -> UndoneImport:
        """Move what an import created to the trash, and take its news back where they are so still.

        Raises:
            ImportNotFound: the owner has no such import.
            ImportNotFinished, ImportUndone, ImportTooOld: it cannot be undone, or no longer.
            ImportRunning: an import or a merge of this owner has not ended yet.
        """
        self._exchange.claim()
        record = self._imports.lock(import_id)
        self._check_undoable(record)
        undone = UndoneImport(record)
        for items in self._imports.undoable_items(import_id, _BATCH):
            self._revert(items, undone)
        self._trash_created(record, undone)
        record.state, record.undone_at = "undone", self._service.at
        return undone

    def _check_undoable(self, record: ImportRecord) -> None:
        if record.state in UNFINISHED:
            raise ImportNotFinished
        if record.undone_at:
            raise ImportUndone
        if self._service.at >= record.created_at + settings().import_undo_life:
            raise ImportTooOld

    def _trash_created(self, record: ImportRecord, undone: UndoneImport) -> None:
        created = self._imports.created_contacts(record.id)
        winners = self._imports.winners_since(created, record.created_at)
        undone.kept += [KeptContact(each, "merged_since") for each in sorted(winners)]
        leaving = [each for each in created if each not in winners]
        for start in range(0, len(leaving), _BATCH):
            stored = self._contacts.lock_many(leaving[start : start + _BATCH])
            living = {row.id: row for row in stored.values() if row.deleted_at is None}
            if living:
                unlink_trashed(self._contacts, living, self._service.at)
                self._contacts.move_to_trash(living, self._service.at)
            undone.trashed += len(living)

    def _revert(self, items: Sequence[ImportItem], undone: UndoneImport) -> None:
        ids = {item.contact_id for item in items if item.contact_id}
        connection, owner_id = self._service.session.connection(), self._service.owner.id
        discard_pending_photos(connection, owner_id, ids, undone.record.created_at)
        copies = {each: row.copy() for each, row in self._contacts.lock_many(ids).items()}
        changed = [item for item in items if item.undo and item.undo["changed"]]
        reverted: set[int] = set()
        for item in changed:
            if contact := copies.get(item.contact_id or 0):
                self._revert_one(item, contact, undone)
                reverted.add(contact.id)
        self._contacts.save_many([copies[each] for each in sorted(reverted)], self._service.at)
        undone.reverted += len(reverted)
        self._recall([item.undo for item in items if item.undo])

    def _revert_one(self, item: ImportItem, contact: Contact, undone: UndoneImport) -> None:
        """A name that the import gave stays where it is the only one that is left."""
        changes: Mapping[str, Mapping[str, object]] = (item.undo or {})["changed"]
        now = frozen_row(contact)
        states = MergeChanges.from_json(changes, now)
        revert_changes(contact, states)
        if not contact.first_name and not contact.last_name:
            contact.first_name, contact.last_name = now.first_name, now.last_name
        left = MergeChanges(states.before, contact).to_json()
        if kept := _fields(left.keys() & changes.keys(), states, contact):
            undone.kept.append(KeptContact(contact.id, "changed_since", kept))

    def _recall(self, undos: Sequence[Mapping[str, object]]) -> None:
        """Remember what was remembered before, so that the same file brings its news again."""
        before: list[RememberedCard] = []
        for undo in undos:
            digest = bytes.fromhex(str(undo["digest"]))
            known = recall_known(dict(undo))
            before += [known._replace(replaces=digest)] if known else []
            if known is None:
                self._exchange.forget(digest)
        self._exchange.remember(before, self._service.at)


def _fields(columns: Iterable[str], states: MergeChanges, contact: Contact) -> list[str]:
    """The fields of these columns that are not as before, in the words of the API."""
    names = {"birthday" if name in _BIRTHDAY else name for name in columns}
    if "details" in names:
        before, after, now = (each.details for each in (states.before, states.after, contact))
        names |= {
            name
            for name in DETAIL_NAMES
            if getattr(before, name) not in (getattr(after, name), getattr(now, name))
        }
    return sorted(names - {"details"})
