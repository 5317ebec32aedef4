"""The tables of the birthdays room."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from kith.database.base import metadata

# Who was told of whose birthday. The key decides that a birthday is announced once for each lead:
# `occurrence` is the day on which it is kept, `lead` how many days before that the letter was due,
# `local_date` the user's date on which it was due. `outcome` says why this birthday was not in the
# letter, or that there was no letter at all (`expired`); null: ask the letter.
reminder_log: Final = Table(
    "reminder_log",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", Integer, nullable=False),
    Column("occurrence", Date, nullable=False),
    Column("lead", SmallInteger, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("mode", Text, nullable=False),
    Column("letter_id", BigInteger, ForeignKey("outbox.id", ondelete="SET NULL")),
    Column("outcome", Text),
    Column("planned_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("user_id", "contact_id", "occurrence", "lead"),
    Index("ix_reminder_log_letter_id", "letter_id"),
    Index("ix_reminder_log_local_date", "user_id", "local_date"),
)

# Secret calendar addresses. Of the token only the SHA-256 is kept.
calendar_feeds: Final = Table(
    "calendar_feeds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("token_digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_calendar_feeds_user_id", "user_id"),
)

# One row: up to which scheduled moment the planner has done its work. Only by it can a planner that
# was away know which days went by.
planner: Final = Table(
    "planner",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("planned_until", DateTime(timezone=True), nullable=False),
    CheckConstraint('"single"', name="single"),
)
