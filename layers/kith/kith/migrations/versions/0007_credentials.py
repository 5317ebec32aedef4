"""What a change of credentials voids, and changes of address that can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    version = sa.Column("credentials_version", sa.Integer, nullable=False, server_default="1")
    op.add_column("users", version)
    op.create_table(
        "email_undos",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_email_undos"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_email_undos_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_email_undos_user_id", "email_undos", ["user_id"])
