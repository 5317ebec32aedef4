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

from kith.database.base import metadata

# One row per letter, written in the transaction of its cause. `key` is made of stable facts and
# decides that a letter exists once. `data` holds ids and dates only: what a letter says is looked
# up when it is sent. `posted_at` is when the queue was last told of it, `sent_to` where it went.
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
    Column("posted_at", DateTime(timezone=True)),
    Column("lease_until", DateTime(timezone=True)),
    Column("provider_id", Text),
    Column("sent_to", Text),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    CheckConstraint(
        "state IN ('pending', 'claimed', 'sent', 'failed', 'unknown', 'dropped')", name="state"
    ),
    Index("ix_outbox_user_id", "user_id"),
    Index("ix_outbox_pending", "not_before", postgresql_where=text("state = 'pending'")),
    Index("ix_outbox_claimed", "lease_until", postgresql_where=text("state = 'claimed'")),
)

# Addresses that SES told us about, by their casefolded form. A complaint stops reminders at once,
# a permanent bounce rests everything; a transient bounce is only counted.
suppressions: Final = Table(
    "suppressions",
    metadata,
    Column("address", Text, primary_key=True),
    Column("complained_at", DateTime(timezone=True)),
    Column("bounced_at", DateTime(timezone=True)),
    Column("transient_bounces", Integer, nullable=False, server_default="0"),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)
