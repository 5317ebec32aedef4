"""What other rooms keep for a user: they say here how it is handed over, and how it is let go.

The accounts stand below the other rooms and cannot import them. The auth function's door can: it
registers what belongs to a user before it serves.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from kith.accounts.entities import User
from kith.database.unit_of_work import UnitOfWork

# Members of the document that the user gets; values are anything that Pydantic can write as JSON.
DataExporter = Callable[[Connection, User], Mapping[str, Any]]
# What must be noted before the user's rows are gone, such as pictures at a provider.
Farewell = Callable[[UnitOfWork, UUID, datetime], None]

_exports: Final[list[DataExporter]] = []
_farewells: Final[list[Farewell]] = []


def register_exporter(export: DataExporter, *, farewell: Farewell | None = None) -> None:
    """Add something to every export; doing so twice changes nothing."""
    if export not in _exports:
        _exports.append(export)
    if farewell is not None and farewell not in _farewells:
        _farewells.append(farewell)


def collect_exports(connection: Connection, user: User) -> dict[str, Any]:
    """Everything that other rooms keep for this user."""
    return {name: part for each in _exports for name, part in each(connection, user).items()}


def let_go(work: UnitOfWork, user_id: UUID, at: datetime) -> None:
    """Tell the other rooms that this user leaves, in the transaction in which they do."""
    for farewell in _farewells:
        farewell(work, user_id, at)
