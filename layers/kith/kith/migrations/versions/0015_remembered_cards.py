"""What the last file said of a person: an import takes only what the file changed since."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imported_cards", sa.Column("card", JSONB))
    op.create_index(
        "ix_imported_cards_contact",
        "imported_cards",
        ["owner_id", "contact_id"],
        postgresql_where=sa.text("uid IS NULL"),
    )
