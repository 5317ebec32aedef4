"""What all tests share: real servers, a database that forgets, an environment of its own."""

import os
from collections.abc import Callable, Iterator

import hypothesis
import pytest
from sqlalchemy import Engine, text

from infra.local.servers import postgres, valkey
from kith import cache as caches
from kith import settings as environment
from kith.cache import Cache
from kith.database import unit_of_work
from kith.database.synchronized import Synchronized
from kith.database.unit_of_work import Database
from kith.limits.limiter import limiter
from kith.migrations.head import upgrade
from tests.clock import FrozenClock, freeze_clock
from tests.databases import FreshDatabase, RolledBack, fresh_database_beside, patient_engine
from tests.picture_cloud import PictureCloud, standing_in
from tests.recorders import RecordingQueue, RecordingSes, recording
from tests.waiting import HANG_SECONDS

# How hard properties are tried: quickly by everybody, thoroughly by `make test-all`.
hypothesis.settings.register_profile("quick", max_examples=40, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=500, deadline=None)
hypothesis.settings.load_profile(os.getenv("HYPOTHESIS_PROFILE", "quick"))  # noqa: TID251 - ours


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees what the machine's own environment says."""
    for name in ("DATABASE_URL", "REDIS_URL", "CLOUDINARY_URL", "KITH_CLOCK_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KITH_STAGE", "test")
    for budget in ("REQUEST", "UPLOAD", "FILE", "AUTHORIZER"):
        monkeypatch.setenv(f"KITH_{budget}_SECONDS", str(int(HANG_SECONDS)))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    environment.settings.cache_clear()
    limiter.cache_clear()  # what it has seen is of another test
    yield
    environment.settings.cache_clear()


@pytest.fixture
def clock(
    _environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> FrozenClock:
    """The clock of the code under test, stopped at the beginning of the test."""
    return freeze_clock(monkeypatch, tmp_path_factory.mktemp("clock") / "clock.json")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of our own, with the schema that the migrations build."""
    with postgres.running(tmp_path_factory.mktemp("postgres"), durable=False) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = patient_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def database(engine: Engine) -> Iterator[RolledBack]:
    """The database of the code under test: everything in it is undone after the test."""
    with engine.connect() as connection, connection.begin() as outer:
        rolled_back = RolledBack(engine, connection)
        with unit_of_work.database.override(rolled_back):
            yield rolled_back
        outer.rollback()


@pytest.fixture
def crowded_database(postgres_url: str) -> Iterator[Database]:
    """A database for many at once: what they commit is there for all, and removed afterwards."""
    engine = patient_engine(postgres_url, size=24)
    with unit_of_work.database.override(Database(engine)) as chosen:
        yield chosen
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE users, limit_counts, login_failures, orphaned_pictures CASCADE")
        )
    engine.dispose()


@pytest.fixture
def fresh_database(postgres_url: str) -> Iterator[FreshDatabase]:
    """A database whose commits are real."""
    with fresh_database_beside(postgres_url) as fresh:
        yield fresh


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that PostgreSQL's answer was waited for."""
    waited: list[int] = []
    wait: Callable[..., None] = Synchronized.handle_messages

    def counting(self: Synchronized, context: object) -> None:
        waited.append(1)
        wait(self, context)

    monkeypatch.setattr(Synchronized, "handle_messages", counting)
    return waited


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of our own."""
    with valkey.running(tmp_path_factory.mktemp("valkey"), durable=False) as url:
        yield url


@pytest.fixture
def cache(valkey_url: str) -> Iterator[Cache]:
    """The cache of the code under test, empty at first."""
    chosen = Cache(valkey_url, timeout=HANG_SECONDS)
    chosen.run("redis.call('FLUSHALL')", [], [])
    with caches.cache.override(chosen):
        yield chosen


@pytest.fixture(scope="session")
def cloudinary_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PictureCloud]:
    """A stand-in for Cloudinary of our own."""
    with standing_in(tmp_path_factory.mktemp("cloudinary")) as cloud:
        yield cloud


@pytest.fixture
def picture_cloud(cloudinary_server: PictureCloud) -> Iterator[PictureCloud]:
    """The provider of pictures, in good health and asked for nothing yet."""
    cloudinary_server.forget()
    yield cloudinary_server
    cloudinary_server.is_well()


@pytest.fixture
def ses_and_queue(
    _environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[RecordingSes, RecordingQueue]]:
    for name in ("letters", "reminders", "planner", "imports"):
        url = f"https://sqs.eu-central-1.amazonaws.com/1/{name}"
        monkeypatch.setenv(f"KITH_{name.upper()}_QUEUE_URL", url)
    monkeypatch.setenv("KITH_REMINDERS_PER_SECOND", "1000000")
    environment.settings.cache_clear()
    with recording() as recorders:
        yield recorders


@pytest.fixture
def mail(ses_and_queue: tuple[RecordingSes, RecordingQueue]) -> RecordingSes:
    """SES as far as the wire goes, misbehaving when told to."""
    return ses_and_queue[0]


@pytest.fixture
def letters_queue(ses_and_queue: tuple[RecordingSes, RecordingQueue]) -> RecordingQueue:
    """SQS as far as the wire goes."""
    return ses_and_queue[1]
