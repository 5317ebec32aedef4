"""The ledger of reminders, the calendar feeds, and how far the planner has come."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _reminder_log()
    _calendar_feeds()
    _planner()


def _reminder_log() -> None:
    op.create_table(
        "reminder_log",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("contact_id", sa.Integer, nullable=False),
        sa.Column("occurrence", sa.Date, nullable=False),
        sa.Column("lead", sa.SmallInteger, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("letter_id", sa.BigInteger),
        sa.Column("outcome", sa.Text),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "user_id", "contact_id", "occurrence", "lead", name="pk_reminder_log"
        ),
        _belongs_to_a_user("reminder_log"),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["outbox.id"], name="fk_reminder_log_letter_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_reminder_log_letter_id", "reminder_log", ["letter_id"])
    op.create_index("ix_reminder_log_local_date", "reminder_log", ["user_id", "local_date"])


def _calendar_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("token_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("token_digest", name="uq_calendar_feeds_token_digest"),
        _belongs_to_a_user("calendar_feeds"),
    )
    op.create_index("ix_calendar_feeds_user_id", "calendar_feeds", ["user_id"])


def _planner() -> None:
    op.create_table(
        "planner",
        sa.Column("single", sa.Boolean),
        sa.Column("planned_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("single", name="pk_planner"),
        sa.CheckConstraint('"single"', name=op.f("ck_planner_single")),
    )


def _belongs_to_a_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )
