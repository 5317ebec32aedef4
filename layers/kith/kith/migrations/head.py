"""Bringing the schema to its head: locked, repeatable, never backwards."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from kith.database.engine import make_engine

_LOCK: Final = 7_112_026  # an advisory lock of ours: two deployments migrate one after the other


def upgrade(database_url: str) -> str:
    """Bring the schema of a database to its head and return the head's revision."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text("SET statement_timeout = '10min'"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
            return _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> str:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
    return str(ScriptDirectory.from_config(config).get_current_head())
