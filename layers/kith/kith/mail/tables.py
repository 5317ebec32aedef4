"""The tables of the post room."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from kith.database.tables import metadata

# One row per letter, written in the transaction of its cause. `key` is made of stable facts and
# decides that a letter exists once. `data` holds ids only: what a letter says is looked up when it
# is sent.
outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("data", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("provider_id", Text),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    CheckConstraint(
        "state IN ('pending', 'claimed', 'sent', 'failed', 'unknown', 'dropped')", name="state"
    ),
    Index("ix_outbox_user_id", "user_id"),
    Index(
        "ix_outbox_open",
        "not_before",
        postgresql_where=text("state IN ('pending', 'claimed')"),
    ),
)
