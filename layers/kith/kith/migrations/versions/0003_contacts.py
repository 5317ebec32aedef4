"""Contacts, and the answers that are kept for repeated requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _contacts()
    _contacts_indexes()
    _idempotency_keys()
    _merges()
    _imported_cards()


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("id", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("birth_month", sa.SmallInteger),
        sa.Column("birth_day", sa.SmallInteger),
        sa.Column(
            "birth_key",
            sa.SmallInteger,
            sa.Computed("birth_month * 100 + birth_day", persisted=True),
        ),
        sa.Column("phones_made", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("favourite", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("muted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("deceased", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("first_name", sa.Text),
        sa.Column("last_name", sa.Text),
        sa.Column("emails", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column("phones", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column(
            "tags", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")
        ),
        sa.Column("lead_days", sa.ARRAY(sa.SmallInteger)),
        sa.Column("notes", sa.Text),
        sa.Column("extra", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("photo_url", sa.Text),
        sa.Column("photo_public_id", sa.Text),
        sa.Column("uid", sa.Text),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("search", sa.Text(collation="C"), nullable=False),
        sa.Column("search_long", sa.Text(collation="C")),
        sa.PrimaryKeyConstraint("owner_id", "id", name="pk_contacts"),
        *_checks(),
    )


_NAMED = "coalesce(first_name, '') <> '' OR coalesce(last_name, '') <> ''"
_WHOLE = """
num_nulls(birth_month, birth_day) IN (0, 2) AND (birth_year IS NULL OR birth_month IS NOT NULL)
"""
_DAY = """
birth_day BETWEEN 1 AND CASE WHEN birth_month IN (4, 6, 9, 11) THEN 30 WHEN birth_month <> 2 THEN 31
WHEN birth_year IS NULL
OR (birth_year % 4 = 0 AND (birth_year % 100 <> 0 OR birth_year % 400 = 0)) THEN 29 ELSE 28 END
"""


def _checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_contacts_{name}"))
        for name, rule in (
            ("named", _NAMED),
            ("birthday_whole", _WHOLE),
            ("birth_year", "birth_year BETWEEN 1 AND 9999"),
            ("birth_month", "birth_month BETWEEN 1 AND 12"),
            ("birth_day", _DAY),
        )
    ]


def _contacts_indexes() -> None:
    living = "deleted_at IS NULL"
    celebrated = f"{living} AND birth_key IS NOT NULL AND NOT muted AND NOT deceased"
    for name, columns, rows in (
        ("long", ["owner_id", "id"], f"{living} AND search_long IS NOT NULL"),
        ("name", ["owner_id", "sort_name", "id"], living),
        ("updated", ["owner_id", "updated_at", "id"], living),
        ("birthday", ["owner_id", "birth_key", "sort_name", "id"], living),
        ("lead_days", ["lead_days"], "lead_days IS NOT NULL"),
        ("trash", ["owner_id", "deleted_at", "id"], "deleted_at IS NOT NULL"),
        ("purge", ["deleted_at"], "deleted_at IS NOT NULL"),
        ("uid", ["owner_id", "uid"], "uid IS NOT NULL"),
    ):
        op.create_index(f"ix_contacts_{name}", "contacts", columns, postgresql_where=sa.text(rows))
    op.create_index(
        "ix_contacts_celebrated",
        "contacts",
        ["birth_key", "owner_id"],
        postgresql_include=["id", "lead_days"],
        postgresql_where=sa.text(celebrated),
    )
    op.create_index(
        "ix_contacts_living",
        "contacts",
        ["owner_id", "id"],
        postgresql_include=["search"],
        postgresql_where=sa.text(living),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("key", sa.Text),
        sa.Column("request_digest", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("id", sa.Uuid),
        sa.Column("winner_id", sa.Integer, nullable=False),
        sa.Column("loser_ids", sa.ARRAY(sa.Integer), nullable=False),
        sa.Column("gained", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("owner_id", "id", name="pk_merges"),
    )


def _imported_cards() -> None:
    op.create_table(
        "imported_cards",
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("contact_id", sa.Integer, nullable=False),
        sa.Column("uid", sa.Text),
        sa.PrimaryKeyConstraint("owner_id", "digest", name="pk_imported_cards"),
    )
    op.create_index(
        "ix_imported_cards_uid",
        "imported_cards",
        ["owner_id", "uid"],
        postgresql_where=sa.text("uid IS NOT NULL"),
    )
