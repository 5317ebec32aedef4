"""Factors that can be removed by the letter that announced them, and when codes were made."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    now = sa.text("now()")
    created_at = sa.Column("created_at", moment, nullable=False, server_default=now)
    op.add_column("recovery_codes", created_at)
    op.create_table(
        "factor_undos",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("factor_id", sa.Uuid),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_factor_undos"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_factor_undos_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_factor_undos_user_id", "factor_undos", ["user_id"])
