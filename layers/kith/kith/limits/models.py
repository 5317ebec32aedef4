"""The table of the counts that must survive Redis."""

from typing import Final

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text

from kith.database.base import metadata

# `key` names limit, window and subject; after `expires_at` nobody asks for it again.
limit_counts: Final = Table(
    "limit_counts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_limit_counts_expires_at", "expires_at"),
)
