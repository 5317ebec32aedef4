"""Photos of imported cards that wait for their upload."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_photos",
        sa.Column("owner_id", sa.Uuid),
        sa.Column("contact_id", sa.Integer),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("owner_id", "contact_id", name="pk_waiting_photos"),
        sa.ForeignKeyConstraint(
            ["owner_id", "contact_id"],
            ["contacts.owner_id", "contacts.id"],
            name="fk_waiting_photos_owner_id_contact_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_waiting_photos_created_at", "waiting_photos", ["created_at"])
