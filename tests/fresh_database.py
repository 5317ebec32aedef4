"""A database of one test's own, for what must really be committed: it is dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from sqlalchemy import Engine, text

from kith.database.engine import make_engine
from kith.migrations.head import upgrade


@dataclass(frozen=True)
class FreshDatabase:
    """Where it is, and an engine to look into it."""

    url: str
    engine: Engine


@contextmanager
def fresh_database_beside(url: str, *, connections: int = 1) -> Iterator[FreshDatabase]:
    """A new database on the same server, with the schema that the migrations build."""
    name = f"test_{uuid4().hex}"
    with _administering(url, f"CREATE DATABASE {name}", f"DROP DATABASE {name} WITH (FORCE)"):
        its_url = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        upgrade(its_url)
        engine = make_engine(its_url, size=connections)
        yield FreshDatabase(its_url, engine)
        engine.dispose()


@contextmanager
def _administering(url: str, before: str, after: str) -> Iterator[None]:
    engine = make_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(before))
        try:
            yield
        finally:
            connection.execute(text(after))
    engine.dispose()
