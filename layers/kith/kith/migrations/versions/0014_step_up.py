"""When a session last authenticated, and how well; of older sessions nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("authenticated_at", sa.DateTime(timezone=True)))
    op.add_column("sessions", sa.Column("aal", sa.SmallInteger, nullable=False, server_default="1"))
    op.create_check_constraint("aal", "sessions", "aal IN (1, 2)")
