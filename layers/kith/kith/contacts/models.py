"""Mapped classes of the contacts.

Every primary key begins with the owner, so a statement cannot reach a row without saying whose it
is. A column of a contact is declared here and nowhere else: rows, statements for many contacts and
what the API shows of it are made from the mapped class.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    TypeDecorator,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, composite, declared_attr, mapped_column

from kith.birthdate import Birthdate
from kith.contacts.details.entities import NO_DETAILS, ContactDetails
from kith.contacts.entities import EmailEntry, PhoneEntry
from kith.contacts.search.folding import tag_key
from kith.contacts.search.text import (
    SearchSections,
    emails_text,
    more_text,
    name_text,
    phones_text,
    sort_name,
    split_long_text,
)
from kith.database.base import Base, SmallInt
from kith.json_types import JsonObject

# The first part of every primary key.
OwnerKey = Annotated[
    UUID,
    mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, sort_order=-1),
]
EntryT = TypeVar("EntryT", EmailEntry, PhoneEntry)

_ANNOUNCED: Final = "deleted_at IS NULL AND birth_key IS NOT NULL AND NOT muted AND NOT deceased"
_EMPTY_LIST: Final = text("'[]'::jsonb")
# Its id never comes round again, unlike the 32 bits that rows carry.
PRESENT_TRANSACTION: Final = text("(pg_current_xact_id()::text)::bigint")


class EntryList(TypeDecorator[tuple[EntryT, ...]], Generic[EntryT]):
    """A list of values of one dataclass, stored as JSON objects."""

    impl = JSONB
    cache_ok = True

    def __init__(self, entry: type[EntryT]) -> None:
        super().__init__()
        self.entry: type[EntryT] = entry
        self._values = itemgetter(*(field.name for field in fields(entry)))

    def process_bind_param(
        self, value: Iterable[EntryT] | None, _dialect: Dialect
    ) -> list[dict[str, object]] | None:
        return None if value is None else [asdict(entry) for entry in value]

    def process_result_value(
        self, value: Iterable[JsonObject] | None, _dialect: Dialect
    ) -> tuple[EntryT, ...] | None:
        return None if value is None else self.load(value)

    def load(self, items: Iterable[JsonObject]) -> tuple[EntryT, ...]:
        """The entries of a list that came as JSON."""
        return tuple([self.entry(*self._values(item)) for item in items])


class DetailsColumn(TypeDecorator[ContactDetails]):
    """The details of a contact, stored as one JSON object; none as null."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def process_bind_param(
        self, value: ContactDetails | None, _dialect: Dialect
    ) -> JsonObject | None:
        return value.to_json() if value else None

    def process_result_value(
        self, value: JsonObject | None, _dialect: Dialect
    ) -> ContactDetails | None:
        return self.load(value)

    def load(self, stored: JsonObject | None) -> ContactDetails:
        """The details of an object that came as JSON."""
        return ContactDetails.from_json(stored) if stored else NO_DETAILS


class JsonMembers(TypeDecorator[Mapping[str, object]]):
    """A JSON object; to Python ``1``, ``1.0`` and ``true`` are equal, to its owner they are not."""

    impl = JSONB
    cache_ok = True

    def compare_values(self, x: object, y: object) -> bool:
        return json.dumps(x, sort_keys=True) == json.dumps(y, sort_keys=True)


def _owned_index(
    name: str, *columns: str, rows: str = "deleted_at IS NULL", include: Sequence[str] = ()
) -> Index:
    """An index of one owner's contacts, the living ones unless ``rows`` says which."""
    return Index(
        f"ix_contacts_{name}",
        "owner_id",
        *columns,
        postgresql_include=include,
        postgresql_where=text(rows),
    )


class ContactColumns:
    """What a read gives of a contact: the columns that ``Contact`` and ``ContactRow`` share.

    Attributes:
        id: counts per owner, from 1.
        version: what ETag and If-Match speak of.
        birth_key: month * 100 + day.
        phones_made: how many phones the contact ever had, so that no phone id is given twice.
        emails, phones: in the order of the owner.
        lead_days: null means: as the owner's profile says.
        uid: what files call the contact.
        details: null in the database where nothing is known.
        sort_name: derived from the names.
    """

    __slots__ = ()

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    emails: Mapped[tuple[EmailEntry, ...]] = mapped_column(
        EntryList(EmailEntry), default=(), server_default=_EMPTY_LIST
    )
    phones: Mapped[tuple[PhoneEntry, ...]] = mapped_column(
        EntryList(PhoneEntry), default=(), server_default=_EMPTY_LIST
    )
    phones_made: Mapped[SmallInt] = mapped_column(default=0, server_default="0")
    birth_year: Mapped[SmallInt | None]
    birth_month: Mapped[SmallInt | None]
    birth_day: Mapped[SmallInt | None]
    birth_key: Mapped[SmallInt | None] = mapped_column(
        Computed("birth_month * 100 + birth_day", persisted=True)
    )
    tags: Mapped[Sequence[str]] = mapped_column(ARRAY(Text), default=(), server_default="{}")
    favourite: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    muted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    deceased: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    lead_days: Mapped[Sequence[int] | None] = mapped_column(ARRAY(SmallInteger))
    notes: Mapped[str | None]
    extra: Mapped[Mapping[str, object]] = mapped_column(
        JsonMembers, default={}, server_default=text("'{}'::jsonb")
    )
    details: Mapped[ContactDetails] = mapped_column(
        DetailsColumn, default=NO_DETAILS, nullable=True
    )
    photo_url: Mapped[str | None]
    photo_public_id: Mapped[str | None]
    uid: Mapped[str | None]
    sort_name: Mapped[str] = mapped_column(Text(collation="C"))

    if TYPE_CHECKING:  # a composite there, a property here
        birthdate: Mapped[Birthdate | None]


class Contact(ContactColumns, Base):
    """A contact of one owner.

    Attributes:
        search, search_long: derived from the contact; see ``kith.contacts.search.text``.
        changed_in: the transaction that wrote the row last; by it alone ``kith.contacts.changes``
            tells who has seen the change.
        tag_keys: derived from the tags, in their order: what they are compared by; null for none.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint(
            "coalesce(first_name, '') <> '' OR coalesce(last_name, '') <> ''", name="named"
        ),
        CheckConstraint(
            "num_nulls(birth_month, birth_day) IN (0, 2)"
            " AND (birth_year IS NULL OR birth_month IS NOT NULL)",
            name="birthday_whole",
        ),
        CheckConstraint("birth_year BETWEEN 1 AND 9999", name="birth_year"),
        CheckConstraint("birth_month BETWEEN 1 AND 12", name="birth_month"),
        CheckConstraint(
            "birth_day BETWEEN 1 AND CASE WHEN birth_month IN (4, 6, 9, 11) THEN 30"
            " WHEN birth_month <> 2 THEN 31"
            " WHEN birth_year IS NULL OR (birth_year % 4 = 0"
            " AND (birth_year % 100 <> 0 OR birth_year % 400 = 0)) THEN 29 ELSE 28 END",
            name="birth_day",
        ),
        # A search reads this index only: one owner's texts lie side by side in it.
        _owned_index("living", "id", include=["search"]),
        _owned_index("long", "id", rows="deleted_at IS NULL AND search_long IS NOT NULL"),
        _owned_index("name", "sort_name", "id"),
        _owned_index("updated", "updated_at", "id"),
        _owned_index("birthday", "birth_key", "sort_name", "id"),
        _owned_index("trash", "deleted_at", "id", rows="deleted_at IS NOT NULL"),
        _owned_index("uid", "uid", rows="uid IS NOT NULL"),
        # For the planner of reminders: whose contacts were changed, and who has leads of their own.
        _owned_index("own_leads", rows=f"lead_days IS NOT NULL AND {_ANNOUNCED}"),
        Index("ix_contacts_changed", "updated_at", "owner_id", postgresql_where=text(_ANNOUNCED)),
        Index("ix_contacts_purge", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    owner_id: Mapped[OwnerKey]
    search: Mapped[str] = mapped_column(Text(collation="C"))
    search_long: Mapped[str | None] = mapped_column(Text(collation="C"))
    tag_keys: Mapped[Sequence[str] | None] = mapped_column(ARRAY(Text))
    changed_in: Mapped[int] = mapped_column(
        BigInteger, server_default=PRESENT_TRANSACTION, onupdate=PRESENT_TRANSACTION, deferred=True
    )
    birthdate: Mapped[Birthdate | None] = composite("birth_year", "birth_month", "birth_day")

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, object]:
        return {"version_id_col": cls.version}

    def __init__(self, **values: object) -> None:
        super().__init__(**(_DEFAULTS | values))

    def derive(self) -> None:
        """Set what follows from the rest: what the contact is sorted and found by.

        Every write comes through here, by the mapper's events or by ``bulk_values``; nothing
        reads these columns back to compute with them.
        """
        self.sort_name = sort_name(self.first_name, self.last_name)
        sections = SearchSections(
            name_text(self.first_name),
            name_text(self.last_name),
            emails_text(self.emails),
            phones_text(self.phones),
            more_text(self.details, self.tags, self.notes, self.extra),
        )
        self.search, self.search_long = split_long_text(sections.joined())
        # Until migration 0026 has run, a tag may be one that the driver made null of.
        self.tag_keys = [tag_key(tag) for tag in self.tags if tag] or None

    def bulk_values(self) -> dict[str, object]:
        """The columns that a statement for many contacts writes, in JSON's words."""
        self.derive()
        values = {name: getattr(self, name) for name in ("id", *BULK_COLUMNS)}
        return values | {"details": self.details.to_json()}


_COLUMNS: Final = tuple(Contact.__table__.columns)
_DEFAULTS: Final = {each.name: each.default.arg for each in _COLUMNS if each.default is not None}
# All that one statement writes of many contacts; whose they are, when and which version it adds.
_ADDED: Final = frozenset({"owner_id", "id", "version", "created_at", "updated_at", "changed_in"})
BULK_COLUMNS: Final = tuple(
    each.name for each in _COLUMNS if each.computed is None and each.name not in _ADDED
)
_SOURCES: Final = (
    *("first_name", "last_name", "emails", "phones", "details", "tags", "notes", "extra"),
)


@event.listens_for(Contact, "before_insert")
@event.listens_for(Contact, "before_update")
def _derive(_mapper: object, _connection: object, contact: Contact) -> None:
    attributes = inspect(contact).attrs
    if any(attributes[name].history.has_changes() for name in _SOURCES):
        contact.derive()


class Tombstone(Base):
    """A contact that was removed for good: who keeps a copy of the book must hear of it.

    ``deleted_at`` and ``changed_in`` are those of its move to the trash, which was the news.
    """

    __tablename__ = "contact_tombstones"
    __table_args__ = (
        Index("ix_contact_tombstones_deleted_at", "deleted_at", postgresql_using="brin"),
    )

    owner_id: Mapped[OwnerKey]
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    deleted_at: Mapped[datetime]
    changed_in: Mapped[int] = mapped_column(BigInteger)


class IdempotencyRecord(Base):
    """The answer that a request with an ``Idempotency-Key`` was given.

    The row is committed together with what the request did, so nobody ever sees one that is still
    being worked on.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    owner_id: Mapped[OwnerKey]
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    status: Mapped[SmallInt]
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes]
    created_at: Mapped[datetime]


class Merge(Base):
    """What a merge did: the losers are in the trash.

    ``gained`` is what the winner took from them, so that an undo takes exactly that back.
    """

    __tablename__ = "merges"
    __table_args__ = (
        Index("ix_merges_created_at", "created_at", postgresql_using="brin"),
        # For the planner: who was merged into a contact.
        Index(
            "ix_merges_winner", "owner_id", "winner_id", postgresql_where=text("undone_at IS NULL")
        ),
    )

    owner_id: Mapped[OwnerKey]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    winner_id: Mapped[int]
    loser_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    gained: Mapped[Mapping[str, Mapping[str, object]]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    # Which merge came first; clocks are put back.
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True))


class KnownCard(Base):
    """Which card of a file became which contact, and what it said.

    The same card again is nothing new, even after its contact was edited or merged into another;
    of another one only what it says otherwise is (``exchange.updater``). No foreign key leads to
    the contact: it may be long gone.

    Attributes:
        card: null where it was imported before cards were remembered.
    """

    __tablename__ = "imported_cards"
    __table_args__ = (
        Index("ix_imported_cards_uid", "owner_id", "uid", postgresql_where=text("uid IS NOT NULL")),
        Index(
            "ix_imported_cards_contact",
            "owner_id",
            "contact_id",
            postgresql_where=text("uid IS NULL"),
        ),
        Index("ix_imported_cards_imported_at", "imported_at", postgresql_using="brin"),
    )

    owner_id: Mapped[OwnerKey]
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    contact_id: Mapped[int]
    uid: Mapped[str | None]
    card: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    imported_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ImportRecord(Base):
    """An import: of a file that came with its request, or of one that a job works through.

    Attributes:
        state: ``uploading``, ``queued``, ``running``; ``done``, ``failed``, ``cancelled``;
            ``undone``.
        mapping: the owner's own columns of CSV, ``{header: field}``.
        reason: why it failed; a stable word.
        size, position: bytes of the file, and how many of them are worked through.
        line: of the file, at ``position``, from 0.
        read, created, updated, skipped, failed, kept_yours: numbers of cards.
        posted_at: when a message for the worker was sent, or is known to be missing.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_created_at", "created_at"),
        Index(
            "ix_imports_posted_at",
            "posted_at",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    owner_id: Mapped[OwnerKey]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    format: Mapped[str | None]
    filename: Mapped[str | None]
    mapping: Mapped[Mapping[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    day_first: Mapped[bool | None]
    reason: Mapped[str | None]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    line: Mapped[int] = mapped_column(default=0)
    read: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    kept_yours: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportItem(Base):
    """What became of one card of an import.

    Attributes:
        number: counts the cards of the file, from 1.
        undo: what takes it back: ``changed``, columns before and after as a merge has them, and
            ``known``, the card that was remembered before.
    """

    __tablename__ = "import_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_id", "import_id"], ["imports.owner_id", "imports.id"], ondelete="CASCADE"
        ),
    )

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str | None]
    contact_id: Mapped[int | None]
    changes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    kept_yours: Mapped[list[str]] = mapped_column(ARRAY(Text))
    undo: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))


class WaitingPhoto(Base):
    """A photo of an imported card that is still to be uploaded.

    ``taken_at`` is when somebody began to.
    """

    __tablename__ = "waiting_photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_id", "contact_id"], ["contacts.owner_id", "contacts.id"], ondelete="CASCADE"
        ),
        Index("ix_waiting_photos_created_at", "created_at"),
    )

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes]
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
