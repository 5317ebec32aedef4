"""One owner's imports in the database, and what became of each of their cards."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from kith.contacts.models import ImportItem, ImportRecord, Merge
from kith.errors import NotFound
from kith.json_types import JsonObject

UNFINISHED: Final = ("uploading", "queued", "running")
MOST_ITEMS: Final = 250_000  # of one owner; the older imports are forgotten with theirs
_MOST_IMPORTS: Final = 100

_ADD_ITEMS: Final = text("""
INSERT INTO import_items
SELECT (json_populate_record(CAST(NULL AS import_items), item)).*
FROM json_array_elements(CAST(:items AS json)) AS item
""").bindparams(bindparam("items", type_=Text))
_FORGET: Final = text("""
DELETE FROM imports WHERE owner_id = :owner_id AND id IN (
    SELECT id FROM (
        SELECT id, state, row_number() OVER newest AS place, sum(read) OVER newest AS items
        FROM imports WHERE owner_id = :owner_id
        WINDOW newest AS (ORDER BY created_at DESC, id)
    ) AS ranked
    WHERE (place > :most OR (place > 1 AND items > :most_items))
        AND state NOT IN ('uploading', 'queued', 'running')
)
""").bindparams(
    bindparam("owner_id", type_=Uuid),
    bindparam("most", type_=Integer),
    bindparam("most_items", type_=Integer),
)


class ImportNotFound(NotFound):
    code = "import_not_found"
    detail = "There is no such import."


class ImportPosition(NamedTuple):
    """Where a list of imports, the newest first, goes on."""

    created_at: datetime
    id: UUID


class ImportRepository:
    """One owner's imports. Nobody else's can be reached from here."""

    def __init__(self, session: Session, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    def add(self, record: ImportRecord) -> None:
        """Store a new import; the oldest are forgotten where there are too many."""
        record.owner_id = self._owner_id
        self._session.add(record)
        self._session.flush()
        self._session.connection().execute(
            _FORGET, {"owner_id": self._owner_id, "most": _MOST_IMPORTS, "most_items": MOST_ITEMS}
        )

    def require(self, import_id: UUID) -> ImportRecord:
        """Raises ImportNotFound where the owner has no such import."""
        return self._required(self._session.get(ImportRecord, (self._owner_id, import_id)))

    def lock(self, import_id: UUID) -> ImportRecord:
        """As ``require``, kept from others until commit."""
        statement = select(ImportRecord).where(self._mine(), ImportRecord.id == import_id)
        return self._required(self._session.scalar(statement.with_for_update()))

    def newest(
        self, limit: int, after: ImportPosition | None = None, skip: int = 0
    ) -> list[ImportRecord]:
        """A page of imports, the newest first."""
        key = tuple_(ImportRecord.created_at, ImportRecord.id)
        statement = select(ImportRecord).where(self._mine())
        if after:
            statement = statement.where(key < after)
        ordered = statement.order_by(ImportRecord.created_at.desc(), ImportRecord.id.desc())
        return list(self._session.scalars(ordered.offset(skip).limit(limit)))

    def unfinished(self) -> int:
        """How many imports wait or are being worked on."""
        statement = select(ImportRecord.id).where(self._mine(), ImportRecord.state.in_(UNFINISHED))
        return len(self._session.scalars(statement).all())

    def add_items(self, import_id: UUID, items: Sequence[JsonObject]) -> None:
        """Store what became of cards; each item has the columns of ``ImportItem``."""
        keys = {"owner_id": self._owner_id, "import_id": import_id}
        rows = to_json([item | keys for item in items]).decode()
        self._session.connection().execute(_ADD_ITEMS, {"items": rows})

    def items(self, import_id: UUID, after: int, limit: int, skip: int = 0) -> list[ImportItem]:
        """A page of the cards of an import, in the order of the file."""
        statement = self._items(import_id).where(ImportItem.number > after)
        ordered = statement.order_by(ImportItem.number)
        return list(self._session.scalars(ordered.offset(skip).limit(limit)))

    def created_contacts(self, import_id: UUID) -> list[int]:
        """The contacts that an import created."""
        created = self._items(import_id).where(ImportItem.status == "created")
        ids = self._session.scalars(created.with_only_columns(ImportItem.contact_id))
        return [each for each in ids if each]

    def undoable_items(self, import_id: UUID, many: int) -> Iterator[list[ImportItem]]:
        """What can be taken back of an import, the last first, so many at a time."""
        statement = self._items(import_id).where(ImportItem.undo.is_not(None))
        before = None
        while True:
            some = statement.where(ImportItem.number < before) if before else statement
            items = list(self._session.scalars(some.order_by(ImportItem.number.desc()).limit(many)))
            if items:
                yield items
            if len(items) < many:
                return
            before = items[-1].number

    def winners_since(self, contact_ids: Collection[int], at: datetime) -> set[int]:
        """Which of these contacts took in others since that moment, and have them still."""
        statement = select(Merge.winner_id).where(
            Merge.owner_id == self._owner_id, Merge.undone_at.is_(None), Merge.created_at >= at
        )
        return set(self._session.scalars(statement)) & set(contact_ids)

    def _items(self, import_id: UUID) -> Select[ImportItem]:
        return select(ImportItem).where(
            ImportItem.owner_id == self._owner_id, ImportItem.import_id == import_id
        )

    def _mine(self) -> ColumnElement[bool]:
        return ImportRecord.owner_id == self._owner_id

    def _required(self, record: ImportRecord | None) -> ImportRecord:
        if record is None:
            raise ImportNotFound
        return record
