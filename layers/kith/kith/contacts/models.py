"""Mapped classes of the contacts.

Every primary key begins with the owner, so a statement cannot reach a row without saying whose it
is.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kith.database.base import Base, SmallInt

_LIVING: Final = text("deleted_at IS NULL")
_EMPTY_LIST: Final = text("'[]'::jsonb")


class Contact(Base):
    """A contact of one owner.

    Attributes:
        id: counts per owner, from 1.
        birth_key: month * 100 + day.
        phones_made: how many phones the contact ever had, so that no phone id is given twice.
        emails: ``[{address, label}]`` in the order of the owner.
        phones: ``[{id, number, e164, extension, label}]`` in the order of the owner.
        lead_days: null means: as the owner's profile says.
        sort_name, search, search_long: derived from the contact at every write.
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

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    birth_year: Mapped[SmallInt | None]
    birth_month: Mapped[SmallInt | None]
    birth_day: Mapped[SmallInt | None]
    birth_key: Mapped[SmallInt | None] = mapped_column(
        Computed("birth_month * 100 + birth_day", persisted=True)
    )
    phones_made: Mapped[SmallInt] = mapped_column(server_default="0")
    favourite: Mapped[bool] = mapped_column(server_default=text("false"))
    muted: Mapped[bool] = mapped_column(server_default=text("false"))
    deceased: Mapped[bool] = mapped_column(server_default=text("false"))
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    emails: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=_EMPTY_LIST)
    phones: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=_EMPTY_LIST)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    lead_days: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    notes: Mapped[str | None]
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    photo_url: Mapped[str | None]
    photo_public_id: Mapped[str | None]
    uid: Mapped[str | None]
    sort_name: Mapped[str] = mapped_column(Text(collation="C"))
    search: Mapped[str] = mapped_column(Text(collation="C"))
    search_long: Mapped[str | None] = mapped_column(Text(collation="C"))


class IdempotencyRecord(Base):
    """The answer that a request with an ``Idempotency-Key`` was given.

    The row is committed together with what the request did, so nobody ever sees one that is still
    being worked on.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
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

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    winner_id: Mapped[int]
    loser_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    gained: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class KnownCard(Base):
    """Which card of a file became which contact.

    The same card again is nothing new, even after its contact was edited or merged into another.
    No foreign key leads to the contact: it may be long gone.
    """

    __tablename__ = "imported_cards"
    __table_args__ = (
        Index("ix_imported_cards_uid", "owner_id", "uid", postgresql_where=text("uid IS NOT NULL")),
    )

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    contact_id: Mapped[int]
    uid: Mapped[str | None]


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
