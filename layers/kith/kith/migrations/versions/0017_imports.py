"""Imports that can be looked at and undone, and which merge came before which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "merges", sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False)
    )
    _imports()
    _import_items()


def _imports() -> None:
    counts = ("line", "read", "created", "updated", "skipped", "failed", "kept_yours")
    op.create_table(
        "imports",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("id", sa.Uuid),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("format", sa.Text),
        sa.Column("filename", sa.Text),
        sa.Column("mapping", JSONB),
        sa.Column("day_first", sa.Boolean),
        sa.Column("reason", sa.Text),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("size", "position")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(f"{name}_at", sa.DateTime(timezone=True))
            for name in ("posted", "finished", "undone")
        ),
        sa.PrimaryKeyConstraint("owner_id", "id", name="pk_imports"),
    )
    op.create_index("ix_imports_created_at", "imports", ["created_at"])
    op.create_index(
        "ix_imports_posted_at",
        "imports",
        ["posted_at"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _import_items() -> None:
    op.create_table(
        "import_items",
        sa.Column("owner_id", sa.Uuid),
        sa.Column("import_id", sa.Uuid),
        sa.Column("number", sa.Integer),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("contact_id", sa.Integer),
        sa.Column("changes", ARRAY(sa.Text), nullable=False),
        sa.Column("kept_yours", ARRAY(sa.Text), nullable=False),
        sa.Column("undo", JSONB),
        sa.PrimaryKeyConstraint("owner_id", "import_id", "number", name="pk_import_items"),
        sa.ForeignKeyConstraint(
            ["owner_id", "import_id"],
            ["imports.owner_id", "imports.id"],
            name="fk_import_items_owner_id",
            ondelete="CASCADE",
        ),
    )
