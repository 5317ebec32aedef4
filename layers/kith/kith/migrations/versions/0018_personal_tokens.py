"""Personal access tokens, accounts that are disabled, and indexes of what expires."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("users", sa.Column("disabled_at", _MOMENT))
    op.create_table(
        "personal_tokens",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("last_used_at", _MOMENT),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_personal_tokens"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_personal_tokens_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_personal_tokens_user_id_digest", "personal_tokens", ["user_id", "digest"], unique=True
    )
    for table in ("personal_tokens", "one_time_tokens", "email_undos"):
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
