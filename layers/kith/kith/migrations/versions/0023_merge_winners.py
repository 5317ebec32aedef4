"""An index for the planner: who was merged into a contact, among one owner's many merges."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_merges_winner",
        "merges",
        ["owner_id", "winner_id"],
        postgresql_where=sa.text("undone_at IS NULL"),
    )
