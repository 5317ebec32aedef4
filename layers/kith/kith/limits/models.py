"""Mapped class of the counts that must survive Redis."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from kith.database.base import Base


class LimitCount(Base):
    """How often something was done in one window of a rate limit.

    ``key`` names limit, window and subject; after ``expires_at`` it is not read again.
    """

    __tablename__ = "limit_counts"
    __table_args__ = (Index("ix_limit_counts_expires_at", "expires_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime]
