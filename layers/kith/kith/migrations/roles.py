"""Database roles: the owner changes the schema, the application role only rows."""

import re
from typing import Final

from sqlalchemy import Connection, text

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


def grant_application_role(connection: Connection, role: str) -> None:
    """Create the application role and grant it rows to read and write; idempotent.

    On RDS the role gets ``rds_iam``: it connects with tokens of 15 minutes and has no password.

    Raises:
        ValueError: the name has other characters than lower-case letters, digits and underscores.
    """
    if not _NAME.fullmatch(role):
        raise ValueError("a role name has lower-case letters, digits and underscores only")
    if not _exists(connection, role):
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    if _exists(connection, "rds_iam"):
        connection.execute(text(f"GRANT rds_iam TO {role}"))
    for grant in _GRANTS:
        connection.execute(text(grant.format(role=role)))


_GRANTS: Final = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # The history of the schema is the owner's alone.
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
)


def _exists(connection: Connection, role: str) -> bool:
    found = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": role})
    return found.first() is not None
