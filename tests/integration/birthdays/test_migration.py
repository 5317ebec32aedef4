"""The tables that the migrations build are those that the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import kith.accounts.models
import kith.birthdays.models
import kith.contacts.models
import kith.mail.models  # noqa: F401 - they declare the tables
from kith.database.base import Base
from tests.databases import RolledBack

ROOM = {"outbox", "suppressions", "reminder_log", "calendar_feeds", "planner", "planner_slices"}


def test_the_schema_is_the_one_that_the_code_describes(database: RolledBack) -> None:
    context = MigrationContext.configure(
        database.connection,
        opts={
            "compare_type": True,
            "include_name": lambda name, kind, _parents: kind != "table" or name in ROOM,
            "include_object": lambda item, _name, kind, _reflected, _other: (
                kind != "table" or item.name in ROOM
            ),
        },
    )

    assert compare_metadata(context, Base.metadata) == []
