"""Mapped classes of the mail: the outbox and the suppressions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kith.database.base import Base
from kith.json_types import JsonObject


class OutboxLetter(Base):
    """A letter (an e-mail that we send), written in the transaction of its cause.

    Attributes:
        key: made of stable facts; decides that a letter exists once.
        user_id: whose letter it is; null when it says that the account is gone.
        data: ids and dates only: what a letter says is looked up when it is sent.
        posted_at: when it was last posted to the queue; null: SQS has not taken it.
        sent_to: the address that it went to.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'claimed', 'handed_over',"
            " 'sent', 'failed', 'unknown', 'dropped')",
            name="state",
        ),
        Index("ix_outbox_user_id", "user_id"),
        Index("ix_outbox_pending", "not_before", postgresql_where=text("state = 'pending'")),
        Index(
            "ix_outbox_unposted",
            "not_before",
            postgresql_where=text("state = 'pending' AND posted_at IS NULL"),
        ),
        Index(
            "ix_outbox_claimed",
            "lease_until",
            postgresql_where=text("state IN ('claimed', 'handed_over')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    data: Mapped[JsonObject] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    sent_to: Mapped[str | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Suppression(Base):
    """An address that bounced or complained, by its casefolded form.

    A complaint stops reminders at once, a permanent bounce suppresses everything; a transient
    bounce is only counted.
    """

    __tablename__ = "suppressions"

    address: Mapped[str] = mapped_column(primary_key=True)
    complained_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    transient_bounces: Mapped[int] = mapped_column(server_default="0")
    updated_at: Mapped[datetime]
