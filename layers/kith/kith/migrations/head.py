"""Upgrades the schema to its head revision: locked, idempotent, never downgrading."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from kith.database.engine import make_engine
from kith.migrations.roles import grant_application_role
from kith.telemetry import log_warning

_TIMEOUT_SECONDS: Final = 590  # the function's own timeout is ten minutes
_LOCK: Final = 7_112_026  # an advisory lock of ours: two deployments migrate one after the other


def upgrade(database_url: str, application_role: str = "") -> str:
    """Upgrade the schema of a database and return the revision that it is at then.

    ``application_role``, if given, is another role that the functions connect as: it gets its
    grants.
    """
    engine = make_engine(database_url, patience=_TIMEOUT_SECONDS)
    try:
        with engine.connect() as connection:
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text("SET statement_timeout = '10min'"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
            revision = _upgrade(connection)
            if application_role:
                grant_application_role(connection, application_role)
            connection.commit()
            return revision
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> str:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current and current not in {script.revision for script in scripts.walk_revisions()}:
        # A deployment was rolled back: this code is older than the schema, which suits it.
        log_warning("schema_is_ahead", revision=current)
        return current
    connection.rollback()
    command.upgrade(config, "head")
    connection.commit()
    return str(scripts.get_current_head())
