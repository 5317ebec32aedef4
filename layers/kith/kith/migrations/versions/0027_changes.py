"""The transaction of each change, and what is left of contacts that were removed for good."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constant is filled in without writing the table: what is there was always visible.
    column = sa.Column("changed_in", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("contacts", column)
    present = sa.text("(pg_current_xact_id()::text)::bigint")
    op.alter_column("contacts", "changed_in", server_default=present)
    op.create_table(
        "contact_tombstones",
        sa.Column(
            "owner_id",
            sa.Uuid,
            sa.ForeignKey("users.id", name="fk_contact_tombstones_owner_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("contact_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_in", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "contact_id", name="pk_contact_tombstones"),
    )
    op.create_index(
        "ix_contact_tombstones_deleted_at",
        "contact_tombstones",
        ["deleted_at"],
        postgresql_using="brin",
    )
