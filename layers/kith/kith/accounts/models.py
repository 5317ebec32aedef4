"""The tables of the accounts: users, their sessions, and tokens that count once."""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Time,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from kith.database.base import metadata

# `email` is as typed (its domain in lower case), `email_key` decides who is who.
# `pending_email` waits for its letter to be answered before it counts; `former_email` is told then.
# The counters belong to the contacts: ids are given out per owner and never twice; `creations`
# counts what was created since `creations_since`, and a deletion gives nothing back.
# The avatars write `avatar_url` as the provider delivers the picture; here it is only shown.
# `unsubscribe_seed` only ever stops reminders; links in old letters must go on working.
users: Final = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("pending_email", Text),
    Column("former_email", Text),
    Column("username", Text),
    Column("password_hash", Text, nullable=False),
    Column("verified_at", DateTime(timezone=True)),
    Column("tokens_valid_after", DateTime(timezone=True), nullable=False),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("locale", Text, nullable=False, server_default="en"),
    Column("leap_day", Text, nullable=False, server_default="feb28"),
    Column("reminders_enabled", Boolean, nullable=False, server_default=text("true")),
    Column("reminders_at", Time, nullable=False, server_default=text("'09:00'")),
    Column("lead_days", ARRAY(SmallInteger), nullable=False, server_default=text("'{0}'")),
    Column("reminders_mode", Text, nullable=False, server_default="daily"),
    Column("reminders_weekday", SmallInteger, nullable=False, server_default="1"),
    Column("unsubscribe_seed", LargeBinary, nullable=False),
    Column("avatar_public_id", Text),
    Column("avatar_url", Text),
    Column("next_contact_id", Integer, nullable=False, server_default="1"),
    Column("contacts_living", Integer, nullable=False, server_default="0"),
    Column("creations", Integer, nullable=False, server_default="0"),
    Column("creations_since", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("locale IN ('en', 'uk', 'pl')", name="locale"),
    CheckConstraint("leap_day IN ('feb28', 'mar1')", name="leap_day"),
    CheckConstraint("reminders_mode IN ('per_contact', 'daily', 'weekly')", name="reminders_mode"),
    CheckConstraint("reminders_weekday BETWEEN 1 AND 7", name="reminders_weekday"),
    CheckConstraint("contacts_living >= 0", name="contacts_living"),
)

# One row per sign-in. Of the refresh secret only digests are kept, of the current one and of the
# one before it. `family_key` proves that a secret was once given out for this session.
sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("family_key", LargeBinary, nullable=False),
    Column("secret_digest", LargeBinary, nullable=False),
    Column("previous_digest", LargeBinary),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("rotated_at", DateTime(timezone=True)),
    Column("device", Text, nullable=False, server_default=""),
    Column("origin", Text, nullable=False, server_default=""),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Index("ix_sessions_user_id", "user_id"),
)

# At most one token per user and purpose: the newest takes the place of the one before.
# `fingerprint` is of what the token depends on: when that changes, the token is void.
one_time_tokens: Final = Table(
    "one_time_tokens",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("purpose IN ('verify', 'reset', 'change_email')", name="purpose"),
)

# Pictures that nobody shows any more, to be removed at the provider.
orphaned_pictures: Final = Table(
    "orphaned_pictures",
    metadata,
    Column("public_id", Text, primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
