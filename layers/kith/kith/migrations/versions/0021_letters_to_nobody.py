"""A letter that says that an account is gone belongs to no user any more."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("outbox", "user_id", nullable=True)
