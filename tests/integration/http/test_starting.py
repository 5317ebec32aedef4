"""A function starts connected, and starts all the same while there is nothing to connect to."""

import pytest
from sqlalchemy import event

from kith import settings as environment
from kith.database.engine import make_engine
from kith.database.unit_of_work import Database
from kith.database.unit_of_work import database as current_database
from kith.http.application import make_router, serve
from tests.events import request


def use(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    environment.settings.cache_clear()


def test_the_first_request_finds_a_connection(
    monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    use(monkeypatch, postgres_url)
    engine = make_engine(postgres_url)
    connections: list[object] = []
    event.listen(engine, "connect", lambda connection, _record: connections.append(connection))

    with current_database.override(Database(engine)) as database:
        serve(make_router("nothing"))
        assert len(connections) == 1
        database.ping()

    assert len(connections) == 1
    engine.dispose()


def test_a_function_starts_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = "postgresql://kith@127.0.0.1:1/kith"
    use(monkeypatch, nobody)

    with current_database.override(Database(make_engine(nobody))):
        handler = serve(make_router("nothing"))

    assert handler(request("GET", "/nowhere"), None)["statusCode"] == 404
