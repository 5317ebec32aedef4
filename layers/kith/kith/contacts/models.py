"""The tables of the contacts room.

Every key begins with the owner, so a statement cannot reach a row without saying whose it is.
"""

from typing import Final

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from kith.database.base import metadata

_LIVING: Final = text("deleted_at IS NULL")
_NAMED: Final = "coalesce(first_name, '') <> '' OR coalesce(last_name, '') <> ''"
_EMPTY_LIST: Final = text("'[]'::jsonb")

# `emails` is [{address, label}], `phones` is [{id, number, e164, extension, label}], both in the
# order of the owner; `phones_made` counts the phones that the contact ever had, so that an id is
# never given twice. `search`, `search_long` and `sort_name` are made by
# kith.contacts.mapper at every write.
# `birth_key` is month * 100 + day. `lead_days` null means: as the owner's profile says.
contacts: Final = Table(
    "contacts",
    metadata,
    Column("owner_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("id", Integer, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("birth_year", SmallInteger),
    Column("birth_month", SmallInteger),
    Column("birth_day", SmallInteger),
    Column("birth_key", SmallInteger, Computed("birth_month * 100 + birth_day", persisted=True)),
    Column("phones_made", SmallInteger, nullable=False, server_default="0"),
    Column("favourite", Boolean, nullable=False, server_default=text("false")),
    Column("muted", Boolean, nullable=False, server_default=text("false")),
    Column("deceased", Boolean, nullable=False, server_default=text("false")),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("emails", JSONB, nullable=False, server_default=_EMPTY_LIST),
    Column("phones", JSONB, nullable=False, server_default=_EMPTY_LIST),
    Column("tags", ARRAY(Text), nullable=False, server_default="{}"),
    Column("lead_days", ARRAY(SmallInteger)),
    Column("notes", Text),
    Column("extra", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("photo_url", Text),
    Column("photo_public_id", Text),
    Column("uid", Text),
    Column("sort_name", Text(collation="C"), nullable=False),
    Column("search", Text(collation="C"), nullable=False),
    Column("search_long", Text(collation="C")),
    PrimaryKeyConstraint("owner_id", "id"),
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
    Index(
        "ix_contacts_living",
        "owner_id",
        "id",
        postgresql_include=["search"],
        postgresql_where=_LIVING,
    ),
    Index(
        "ix_contacts_long",
        "owner_id",
        "id",
        postgresql_where=text("deleted_at IS NULL AND search_long IS NOT NULL"),
    ),
    Index("ix_contacts_name", "owner_id", "sort_name", "id", postgresql_where=_LIVING),
    Index("ix_contacts_updated", "owner_id", "updated_at", "id", postgresql_where=_LIVING),
    Index(
        "ix_contacts_birthday",
        "owner_id",
        "birth_key",
        "sort_name",
        "id",
        postgresql_where=_LIVING,
    ),
    # For the planner of reminders: everybody's birthdays of some days, in one look.
    Index(
        "ix_contacts_celebrated",
        "birth_key",
        "owner_id",
        postgresql_include=["id", "lead_days"],
        postgresql_where=text(
            "deleted_at IS NULL AND birth_key IS NOT NULL AND NOT muted AND NOT deceased"
        ),
    ),
    Index("ix_contacts_lead_days", "lead_days", postgresql_where=text("lead_days IS NOT NULL")),
    Index(
        "ix_contacts_trash",
        "owner_id",
        "deleted_at",
        "id",
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
    Index("ix_contacts_purge", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    Index("ix_contacts_uid", "owner_id", "uid", postgresql_where=text("uid IS NOT NULL")),
)

# What a request with an Idempotency-Key was answered. The row is committed together with what the
# request did, so nobody ever sees one that is still being worked on.
idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("owner_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("owner_id", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

# What a merge did: the losers lie in the trash, `gained` is what the winner took from them, so that
# an undo can take exactly that back.
merges: Final = Table(
    "merges",
    metadata,
    Column("owner_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("id", Uuid, nullable=False),
    Column("winner_id", Integer, nullable=False),
    Column("loser_ids", ARRAY(Integer), nullable=False),
    Column("gained", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("undone_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("owner_id", "id"),
)

# Which card of a file became which contact: the same card again is nothing new, even after its
# contact was edited or merged into another. No key leads to the contact: it may be long gone.
imported_cards: Final = Table(
    "imported_cards",
    metadata,
    Column("owner_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("contact_id", Integer, nullable=False),
    Column("uid", Text),
    PrimaryKeyConstraint("owner_id", "digest"),
    Index("ix_imported_cards_uid", "owner_id", "uid", postgresql_where=text("uid IS NOT NULL")),
)

# Photos of imported cards that are still to be uploaded; `taken_at` is when somebody began to.
waiting_photos: Final = Table(
    "waiting_photos",
    metadata,
    Column("owner_id", Uuid, nullable=False),
    Column("contact_id", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("taken_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("owner_id", "contact_id"),
    ForeignKeyConstraint(
        ["owner_id", "contact_id"], ["contacts.owner_id", "contacts.id"], ondelete="CASCADE"
    ),
    Index("ix_waiting_photos_created_at", "created_at"),
)
