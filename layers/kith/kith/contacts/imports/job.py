"""The job of big imports: a file of S3, piece by piece, each in a transaction of its own.

The transaction of a piece moves the import's position on, and does so only from where the piece
began. So a job that is killed, runs twice, or comes late, does nothing twice: whoever holds a piece
that another has done stops. Between its pieces it looks whether it was cancelled.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple, cast
from uuid import UUID

from kith import clock
from kith.accounts.models import User
from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.formats import TooManyCards, proven_day_first, read_piece
from kith.contacts.exchange.repository import ImportRunning
from kith.contacts.exchange.schemas import Format
from kith.contacts.imports.group_tags import tag_members, tags_of_members
from kith.contacts.imports.importer import Importer, prepare_import, without_repeated_uids
from kith.contacts.imports.pieces import HEAD_BYTES, FilePiece, pieces_of_file
from kith.contacts.imports.recording import record_results
from kith.contacts.imports.repository import ImportNotFound, ImportRepository
from kith.contacts.imports.uploads import delete_upload, stream_upload, upload_key
from kith.contacts.models import ImportRecord
from kith.contacts.owners import owner_of_account
from kith.database.unit_of_work import database
from kith.errors import Invalid, NotFound, TooLarge, Unreadable
from kith.json_types import JsonObject
from kith.mail.queue import MESSAGE_VERSION, post_import
from kith.settings import settings
from kith.telemetry import count_metric, log, log_exception

_BUSY_SECONDS: Final = 5  # until a message comes again, while another import or merge runs

HasTime = Callable[[], bool]


class UploadMissing(NotFound):
    code = "upload_missing"
    detail = "The file of this import is not there."


class _Overtaken(Exception):
    """Another worker has done the piece that was read."""


class ImportMessage(NamedTuple):
    """What a message of the queue names."""

    owner_id: UUID
    import_id: UUID


def run_import_messages(records: list[JsonObject], has_time: HasTime) -> list[str]:
    """Work on the imports that messages name; returns the ids of the messages that failed."""
    return [str(each["messageId"]) for each in records if not _succeeds(each, has_time)]


def _succeeds(record: JsonObject, has_time: HasTime) -> bool:
    try:
        message = _parse(json.loads(record["body"]))
        work_on_import(message, has_time)
    except Exception:  # noqa: BLE001 - SQS delivers the message again
        log_exception("import_failed", message_id=record["messageId"])
        count_metric("ImportsFailed")
        return False
    return True


def _parse(body: JsonObject) -> ImportMessage:
    if body["version"] != MESSAGE_VERSION:
        raise ValueError("a message of another version")
    return ImportMessage(UUID(body["owner_id"]), UUID(body["import_id"]))


def work_on_import(message: ImportMessage, has_time: HasTime) -> None:
    """Work through an import for as long as there is time; the rest is posted again."""
    work = _ImportWork(message)
    try:
        is_over = work.run(has_time)
    except ImportRunning:
        _post_again(message, _BUSY_SECONDS)
        return
    except (ImportNotFound, _Overtaken):
        return  # it is gone with its account, or another worker goes on with it
    except (Unreadable, Invalid, TooLarge, UploadMissing) as error:
        work.end("failed", error.error_code)
        is_over = True
    if is_over:
        delete_upload(work.key)
    else:
        _post_again(message, 0)


def _post_again(message: ImportMessage, delay_seconds: int) -> None:
    if not post_import(*message, delay_seconds=delay_seconds):
        raise TimeoutError("no time left, and the queue is unavailable")


class _ImportWork:
    """One attempt at an import."""

    def __init__(self, message: ImportMessage) -> None:
        self._owner_id, self._import_id = message
        self.key = upload_key(message.owner_id, message.import_id)

    def run(self, has_time: HasTime) -> bool:
        """Whether the import has ended, by whomever.

        Raises:
            ImportNotFound: it is gone.
            ImportRunning: another import or merge of the owner has not ended yet.
            _Overtaken: another worker goes on with it.
            Unreadable, Invalid, TooLarge, UploadMissing: it cannot be carried on.
        """
        begun = self._begin()
        if begun is None:
            return True
        record, owner = begun
        for piece in self._pieces(record):
            if not has_time():
                return False
            if not self._take(piece, record, owner):
                return True
        if record.format == "vcard":
            self._tag_members(record, owner)
        self.end("done")
        return True

    def end(self, state: str, reason: str | None = None) -> None:
        """End the import, unless it has ended already."""
        with database().writing() as work:
            record = ImportRepository(work.session, self._owner_id).lock(self._import_id)
            if record.state == "running":
                record.state, record.reason, record.finished_at = state, reason, clock.now()
        log("import_ended", state=state, reason=reason)

    def _begin(self) -> tuple[ImportRecord, Owner] | None:
        """The import, which is running now; None: it has ended."""
        with database().writing() as work:
            record = ImportRepository(work.session, self._owner_id).lock(self._import_id)
            user = work.session.get(User, self._owner_id)
            if user is None or record.state not in {"queued", "running"}:
                return None
            record.state, record.posted_at = "running", clock.now()
        return record, owner_of_account(user)

    def _pieces(self, record: ImportRecord) -> Iterator[FilePiece]:
        head = b"".join(stream_upload(self.key, 0, HEAD_BYTES))
        if not head:
            raise UploadMissing
        if record.position >= record.size:
            return
        chunks = stream_upload(self.key, record.position)
        form = cast("Format", record.format)
        yield from pieces_of_file(chunks, form, head, record.position)

    def _tag_members(self, record: ImportRecord, owner: Owner) -> None:
        """A second look at the file: a group may stand far from its members."""
        head = b"".join(stream_upload(self.key, 0, HEAD_BYTES))
        pieces = pieces_of_file(stream_upload(self.key, 0), "vcard", head, 0)
        tags = tags_of_members(pieces, owner)
        if tags:
            with database().writing() as work:
                tag_members(work.session, owner, tags, record.created_at, clock.now())

    def _take(self, piece: FilePiece, record: ImportRecord, owner: Owner) -> bool:
        """Take in a piece; false: the import was cancelled."""
        form = cast("Format", record.format)
        origin = FileOrigin(owner.region, record.day_first, record.mapping)
        if piece.start == 0 and record.day_first is None:
            record.day_first = proven_day_first(piece.body, form, origin)
            origin = origin._replace(day_first=record.day_first)
        cards = [_in_file(card, piece, record) for card in read_piece(piece.body, form, origin)]
        prepared = prepare_import(cards, owner)
        now = clock.now()
        with database().writing() as work:
            current = ImportRepository(work.session, owner.id).lock(self._import_id)
            if current.state != "running":
                return False
            if current.position != piece.start:
                raise _Overtaken
            if current.read + len(prepared.results) > settings().import_job_cards:
                raise TooManyCards
            file_at = current.created_at
            prepared = without_repeated_uids(work.connection, owner, prepared, file_at)
            Importer(work.session, owner, now).run(prepared, file_at)
            record_results(work.session, owner, current, prepared)
            current.position, current.day_first = piece.end, record.day_first
            current.line, current.posted_at = current.line + piece.lines, now
        record.line, record.read = current.line, current.read
        return True


def _in_file(card: Card, piece: FilePiece, record: ImportRecord) -> Card:
    """A card with its place in the whole file."""
    before = record.read if record.format == "json" else record.line - piece.repeated
    return replace(card, line=before + card.line)
