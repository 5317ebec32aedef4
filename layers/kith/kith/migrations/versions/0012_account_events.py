"""Security events of accounts: rows are added, and forgotten, but never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_REFUSE = """
CREATE FUNCTION refuse_change_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'account_events is append-only';
END
$$
"""
_TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE ON account_events
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_event()
"""


def upgrade() -> None:
    op.create_table(
        "account_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_events"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_account_events_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_account_events_user_id_id", "account_events", ["user_id", "id"])
    op.create_index("ix_account_events_at", "account_events", ["at"], postgresql_using="brin")
    op.execute(_REFUSE)
    op.execute(_TRIGGER)
