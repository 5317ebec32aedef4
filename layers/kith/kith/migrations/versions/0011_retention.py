"""When a card was imported, and small indexes by which old rows are found and forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    imported_at = sa.Column(
        "imported_at", sa.DateTime(timezone=True), nullable=False, server_default=now
    )
    op.add_column("imported_cards", imported_at)
    # Rows come in the order of time, so a block range index of a few pages suffices.
    for table, column in (
        ("reminder_log", "planned_at"),
        ("merges", "created_at"),
        ("imported_cards", "imported_at"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="brin")
