"""Letters that were handed over to SES are told from those that were only claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_outbox_state"), "outbox")
    op.create_check_constraint(
        op.f("ck_outbox_state"),
        "outbox",
        "state IN ('pending', 'claimed', 'handed_over', 'sent', 'failed', 'unknown', 'dropped')",
    )
    op.drop_index("ix_outbox_claimed", "outbox")
    in_hand = sa.text("state IN ('claimed', 'handed_over')")
    op.create_index("ix_outbox_claimed", "outbox", ["lease_until"], postgresql_where=in_hand)
    unposted = sa.text("state = 'pending' AND posted_at IS NULL")
    op.create_index("ix_outbox_unposted", "outbox", ["not_before"], postgresql_where=unposted)
