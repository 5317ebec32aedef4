"""RDS as nobody can run it here: verified TLS, and tokens in the place of passwords."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from kith.accounts.sessions.cache import SessionEnded
from kith.accounts.sessions.lookup import LookupUnavailable, SessionLookup, connect_lookup
from kith.database.dsn import sign_in_token
from kith.database.engine import make_engine
from kith.database.errors import DatabaseUnavailable
from kith.database.native import NativeConnection
from kith.database.unit_of_work import Database
from kith.settings import settings
from tests.certificates import Authority
from tests.rds_front import RdsFront
from tests.waiting import HANG_SECONDS

HOST: Final = "localhost"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def rds(postgres_url: str, authority: Authority) -> Iterator[RdsFront]:
    context = authority.server_context(HOST)
    with RdsFront(postgres_url, HOST, context, secret="testing").running() as front:
        yield front


@pytest.fixture
def url(rds: RdsFront, authority: Authority) -> str:
    """As the template writes it."""
    return (
        f"postgresql://kith_app@{HOST}:{rds.port}/kith"
        f"?sslmode=verify-full&sslrootcert={authority.roots}&iam=true"
    )


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url, patience=HANG_SECONDS, connect_patience=HANG_SECONDS)
    yield engine
    engine.dispose()


def test_each_kind_of_client_signs_in_with_a_token(
    url: str, engine: Engine, rds: RdsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    sessions = SessionLookup(connect_lookup)
    statements = NativeConnection(url, patience=HANG_SECONDS)

    Database(engine).ping()
    (row,) = statements.run("SELECT 1")
    with pytest.raises(SessionEnded):
        sessions.find(uuid4(), uuid4(), datetime(2026, 11, 24, tzinfo=UTC))

    statements.close()
    sessions.close()
    assert row == [1]
    assert (len(rds.tokens), rds.refused) == (3, [])


def test_a_connection_outlives_its_token_and_the_next_one_has_a_new_token(
    engine: Engine, rds: RdsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(engine)
    database.ping()
    ahead = timedelta(minutes=20)
    rds.ahead = ahead
    later = datetime.now(UTC) + ahead  # noqa: TID251 - botocore has no clock but the machine's
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: later)

    database.ping()
    rds.drop_connections()
    database.ping()

    assert len(set(rds.tokens)) == 2
    assert rds.refused == []


def test_a_token_that_is_too_old_is_refused(engine: Engine, rds: RdsFront) -> None:
    """Or the test above could not fail; to the client it is an outage, which it may try again."""
    rds.ahead = timedelta(minutes=20)

    with pytest.raises(DatabaseUnavailable):
        Database(engine).ping()

    assert rds.refused == ["expired"]


def test_a_sign_in_that_is_refused_once_is_an_outage_that_passes(
    engine: Engine, rds: RdsFront
) -> None:
    """RDS takes so many tokens a second, and a policy that changes takes its time."""
    rds.refusals = 1
    with pytest.raises(DatabaseUnavailable):
        Database(engine).ping()

    Database(engine).ping()

    assert len(rds.tokens) == 2


@pytest.mark.parametrize("user", ["kith_owner", "postgres"])
def test_a_token_opens_the_door_of_its_own_user_only(
    rds: RdsFront, authority: Authority, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign_in_token(HOST, rds.port, "kith_app")
    monkeypatch.setattr("kith.database.engine.sign_in_token", lambda *_: token)
    url = (
        f"postgresql://{user}@{HOST}:{rds.port}/kith"
        f"?sslmode=verify-full&sslrootcert={authority.roots}&iam=true"
    )

    with pytest.raises(DatabaseUnavailable):
        Database(make_engine(url)).ping()

    assert rds.refused == ["another user"]


@pytest.mark.parametrize("stranger", ["another authority", "another name"])
def test_no_token_is_given_to_a_server_that_is_not_known(
    postgres_url: str, authority: Authority, tmp_path: Path, stranger: str
) -> None:
    roots, name = authority.roots, HOST
    if stranger == "another authority":
        roots = Authority.make(tmp_path).roots
    else:
        name = "db.example.com"
    front = RdsFront(postgres_url, HOST, authority.server_context(name), secret="testing")
    with front.running() as rds:
        url = f"postgresql://kith_app@{HOST}:{rds.port}/kith?sslmode=verify-full&sslrootcert={roots}&iam=true"

        with pytest.raises(DatabaseUnavailable):
            Database(make_engine(url)).ping()

    assert rds.tokens == []


def test_without_tls_nobody_is_let_in(rds: RdsFront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://kith_app@{HOST}:{rds.port}/kith?iam=true")
    settings.cache_clear()

    with pytest.raises(LookupUnavailable):
        SessionLookup(connect_lookup).find(uuid4(), uuid4(), datetime(2026, 11, 24, tzinfo=UTC))

    assert rds.tokens == []
    assert set(rds.refused) == {"no encryption"}
