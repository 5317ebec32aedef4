"""The planner starts from the users whose hour was reached, and works in slices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REMINDED = sa.text("reminders_enabled AND verified_at IS NOT NULL")
_ANNOUNCED = "deleted_at IS NULL AND birth_key IS NOT NULL AND NOT muted AND NOT deceased"


def upgrade() -> None:
    op.create_table(
        "planner_slices",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column("tick", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("owners", ARRAY(sa.Uuid), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_planner_slices"),
    )
    hours = ["time_zone", "reminders_at", "id"]
    op.create_index("ix_users_reminders", "users", hours, postgresql_where=_REMINDED)
    op.create_index("ix_users_updated", "users", ["updated_at"], postgresql_where=_REMINDED)
    op.create_index(
        "ix_contacts_changed",
        "contacts",
        ["updated_at", "owner_id"],
        postgresql_where=sa.text(_ANNOUNCED),
    )
    op.create_index(
        "ix_contacts_own_leads",
        "contacts",
        ["owner_id"],
        postgresql_where=sa.text(f"lead_days IS NOT NULL AND {_ANNOUNCED}"),
    )
    op.drop_index("ix_contacts_celebrated", "contacts")
    op.drop_index("ix_contacts_lead_days", "contacts")
