"""Mapped classes of the birthdays: the reminder log, calendar feeds, and the planner's state."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kith.database.base import Base, SmallInt


class ReminderLogEntry(Base):
    """A birthday that was announced; the key decides that it is once for each lead.

    Attributes:
        occurrence: the day on which the birthday is kept.
        lead: how many days before ``occurrence`` the letter was due.
        local_date: the user's date on which it was due.
        outcome: why this birthday was not in the letter, or that there was no letter at all
            (``expired``); null: ask the letter.
    """

    __tablename__ = "reminder_log"
    __table_args__ = (
        Index("ix_reminder_log_letter_id", "letter_id"),
        Index("ix_reminder_log_local_date", "user_id", "local_date"),
        Index("ix_reminder_log_planned_at", "planned_at", postgresql_using="brin"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    occurrence: Mapped[date] = mapped_column(primary_key=True)
    lead: Mapped[SmallInt] = mapped_column(primary_key=True, autoincrement=False)
    local_date: Mapped[date]
    mode: Mapped[str]
    letter_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("outbox.id", ondelete="SET NULL")
    )
    outcome: Mapped[str | None]
    planned_at: Mapped[datetime]


class CalendarFeed(Base):
    """A secret calendar address; of its token only the SHA-256 is kept.

    ``last_read_on`` is the UTC date on which a calendar program last read it.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (Index("ix_calendar_feeds_user_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_read_on: Mapped[date | None]


class PlannerSlice(Base):
    """Some owners, to be planned for one tick; deleted when that is done.

    Attributes:
        tick: the scheduled moment.
        since: the tick is responsible for the hours after it; null: for the whole local day.
        posted_at: when it was last posted to the queue; null: SQS has not taken it.
        lease_until: until when a worker has it.
    """

    __tablename__ = "planner_slices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tick: Mapped[datetime]
    since: Mapped[datetime | None]
    owners: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    posted_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PlannerState(Base):
    """One row: up to which scheduled moment the planner has done its work.

    By it a planner that was away knows which days went by.
    """

    __tablename__ = "planner"
    __table_args__ = (CheckConstraint('"single"', name="single"),)

    single: Mapped[bool] = mapped_column(primary_key=True)
    planned_until: Mapped[datetime]
