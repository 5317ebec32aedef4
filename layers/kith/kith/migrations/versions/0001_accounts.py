"""Accounts: users, sessions, one-time tokens, counts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_users()
    _create_sessions()
    _create_one_time_tokens()
    _create_orphaned_pictures()
    _create_limit_counts()


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("pending_email", sa.Text),
        sa.Column("former_email", sa.Text),
        sa.Column("username", sa.Text),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("verified_at", _MOMENT),
        sa.Column("tokens_valid_after", _MOMENT, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),
        sa.Column("locale", sa.Text, nullable=False, server_default="en"),
        sa.Column("leap_day", sa.Text, nullable=False, server_default="feb28"),
        sa.Column("reminders_enabled", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("reminders_at", sa.Time, nullable=False, server_default=sa.text("'09:00'")),
        sa.Column(
            "lead_days", ARRAY(sa.SmallInteger), nullable=False, server_default=sa.text("'{0}'")
        ),
        sa.Column("reminders_mode", sa.Text, nullable=False, server_default="daily"),
        sa.Column("reminders_weekday", sa.SmallInteger, nullable=False, server_default="1"),
        sa.Column("unsubscribe_seed", sa.LargeBinary, nullable=False),
        sa.Column("avatar_public_id", sa.Text),
        sa.Column("avatar_url", sa.Text),
        sa.Column("next_contact_id", sa.Integer, nullable=False, server_default="1"),
        sa.Column("contacts_living", sa.Integer, nullable=False, server_default="0"),
        sa.Column("creations", sa.Integer, nullable=False, server_default="0"),
        sa.Column("creations_since", _MOMENT),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sa.CheckConstraint("locale IN ('en', 'uk', 'pl')", name="locale"),
        sa.CheckConstraint("leap_day IN ('feb28', 'mar1')", name="leap_day"),
        sa.CheckConstraint(
            "reminders_mode IN ('per_contact', 'daily', 'weekly')", name="reminders_mode"
        ),
        sa.CheckConstraint("reminders_weekday BETWEEN 1 AND 7", name="reminders_weekday"),
        sa.CheckConstraint("contacts_living >= 0", name="contacts_living"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("family_key", sa.LargeBinary, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary, nullable=False),
        sa.Column("previous_digest", sa.LargeBinary),
        sa.Column("generation", sa.Integer, nullable=False, server_default="1"),
        sa.Column("rotated_at", _MOMENT),
        sa.Column("device", sa.Text, nullable=False, server_default=""),
        sa.Column("origin", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _create_one_time_tokens() -> None:
    op.create_table(
        "one_time_tokens",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "purpose", name="pk_one_time_tokens"),
        sa.UniqueConstraint("digest", name="uq_one_time_tokens_digest"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_one_time_tokens_user_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("purpose IN ('verify', 'reset', 'change_email')", name="purpose"),
    )


def _create_orphaned_pictures() -> None:
    op.create_table(
        "orphaned_pictures",
        sa.Column("public_id", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("public_id", name="pk_orphaned_pictures"),
    )


def _create_limit_counts() -> None:
    op.create_table(
        "limit_counts",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_limit_counts"),
    )
    op.create_index("ix_limit_counts_expires_at", "limit_counts", ["expires_at"])
