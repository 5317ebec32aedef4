"""Waits for PostgreSQL end with the request's deadline, and nothing is committed after it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from kith.database.engine import make_engine
from kith.database.errors import DatabaseUnavailable
from kith.database.unit_of_work import Database
from kith.deadline import Deadline, DeadlineExceeded, running_until
from kith.errors import Unavailable
from tests.postgres_proxy import FAULTS, PostgresProxy, postgres_proxy
from tests.waiting import HANG_SECONDS

SOON = 0.3  # seconds


class Clock:
    """A clock that jumps."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[PostgresProxy]:
    with postgres_proxy(postgres_url) as proxy:
        yield proxy


@pytest.fixture
def pool(proxy: PostgresProxy) -> Iterator[Engine]:
    engine = make_engine(proxy.url, patience=HANG_SECONDS, connect_patience=HANG_SECONDS)
    yield engine
    engine.dispose()


@pytest.fixture
def notes(engine: Engine) -> Iterator[None]:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (id int)"))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE notes"))


@pytest.mark.parametrize("connected", [True, False])
def test_a_server_that_falls_silent_is_given_up_at_the_deadline(
    proxy: PostgresProxy, pool: Engine, *, connected: bool
) -> None:
    database = Database(pool)
    if connected:
        database.ping()
    proxy.arm(0, FAULTS["withheld"])

    with pytest.raises(DatabaseUnavailable), running_until(Deadline(SOON)):
        database.ping()

    database.ping()


@pytest.mark.usefixtures("notes")
def test_a_transaction_whose_time_is_over_is_not_committed(pool: Engine, engine: Engine) -> None:
    clock = Clock()

    with (
        pytest.raises(DeadlineExceeded),
        running_until(Deadline(5, clock)),
        Database(pool).writing() as work,
    ):
        work.connection.execute(text("INSERT INTO notes VALUES (1)"))
        clock.seconds = 5

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0
    Database(pool).ping()


def test_nobody_waits_for_the_pool_beyond_the_deadline(pool: Engine) -> None:
    clock = Clock()
    with pool.connect(), running_until(Deadline(5, clock)):
        clock.seconds = 5
        with pytest.raises(Unavailable):
            Database(pool).ping()
