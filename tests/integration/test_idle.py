"""Connections that slept: whatever the network did with them, the next call goes through."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import text

from kith.accounts.sessions.cache import SessionEnded
from kith.accounts.sessions.lookup import SessionLookup, connect_lookup
from kith.accounts.tokens import signing_keys
from kith.accounts.tokens.signing_keys import SecretsManagerStore
from kith.avatars.images import prepare_image
from kith.avatars.storage import Account, CloudinaryStorage
from kith.cache import Cache
from kith.database.engine import make_engine
from kith.database.native import NativeConnection
from kith.database.unit_of_work import Database
from kith.idle import IdleTimer
from kith.mail import queue
from kith.settings import settings
from tests import photographs
from tests.forgetful_proxy import FAILURES, ForgetfulProxy, forgetful_proxy
from tests.picture_cloud import PictureCloud
from tests.waiting import HANG_SECONDS

TIMES: Final = 3
Use = Callable[[], object]


@pytest.fixture(autouse=True)
def sleepy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection has slept when it is used again."""
    monkeypatch.setenv("KITH_CONNECTION_IDLE_SECONDS", "0")
    settings.cache_clear()


@contextmanager
def through(url: str) -> Iterator[tuple[str, ForgetfulProxy]]:
    """The same URL through a proxy."""
    port = urlsplit(url).port
    assert port
    with forgetful_proxy(port) as proxy:
        yield url.replace(f":{port}", f":{proxy.port}"), proxy


@contextmanager
def database(stack: ExitStack, url: str) -> Iterator[Use]:
    del stack
    engine = make_engine(url, patience=HANG_SECONDS, connect_patience=HANG_SECONDS)
    yield Database(engine).ping
    engine.dispose()


@contextmanager
def stock_database(stack: ExitStack, url: str) -> Iterator[Use]:
    with database(stack, f"{url}?pipelined=false") as use:
        yield use


@contextmanager
def transaction(_: ExitStack, url: str) -> Iterator[Use]:
    engine = make_engine(url, patience=HANG_SECONDS, connect_patience=HANG_SECONDS)

    def use() -> None:
        with Database(engine).writing() as work:
            work.connection.execute(text("CREATE TEMPORARY TABLE notes ON COMMIT DROP AS SELECT 1"))

    yield use
    engine.dispose()


@contextmanager
def statements(_: ExitStack, url: str) -> Iterator[Use]:
    connection = NativeConnection(url, patience=HANG_SECONDS)
    yield lambda: connection.run("SELECT :n::int", n=1)
    connection.close()


@contextmanager
def lookup(_: ExitStack, url: str) -> Iterator[Use]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        settings.cache_clear()
        sessions = SessionLookup(connect_lookup)

        def use() -> None:
            with pytest.raises(SessionEnded):
                sessions.find(uuid4(), uuid4(), datetime(2026, 11, 24, tzinfo=UTC))

        yield use
        sessions.close()


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    "client",
    [database, stock_database, transaction, statements, lookup],
    ids=lambda it: it.__name__,
)
def test_postgresql_is_reached_after_a_sleep(postgres_url: str, client: Any, failure: str) -> None:
    with ExitStack() as stack:
        url, proxy = stack.enter_context(through(postgres_url))
        use = stack.enter_context(client(stack, url))
        for _ in range(TIMES):
            use()
            proxy.forget(failure)
        use()


@pytest.mark.parametrize("failure", FAILURES)
def test_redis_is_reached_after_a_sleep(valkey_url: str, failure: str) -> None:
    with through(valkey_url) as (url, proxy):
        cache = Cache(url, timeout=0.5)
        for _ in range(TIMES):
            assert cache.run("return 1", [], []) == 1
            proxy.forget(failure)
        assert cache.run("return 1", [], []) == 1


class Aws(BaseHTTPRequestHandler):
    """As much of SQS and Secrets Manager as is asked here; connections are kept alive."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answers = {
            "AmazonSQS.SendMessageBatch": {"Successful": [], "Failed": []},
            "secretsmanager.GetSecretValue": {"SecretString": "secret"},
        }
        body = json.dumps(answers[self.headers["x-amz-target"]]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def aws_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Aws) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("failure", FAILURES)
def test_sqs_and_secrets_manager_are_reached_after_a_sleep(
    aws_port: int, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with through(f"http://127.0.0.1:{aws_port}") as (url, proxy):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("KITH_LETTERS_QUEUE_URL", f"{url}/1/letters")
        monkeypatch.setenv("KITH_SECRET_ID", "kith/test")
        settings.cache_clear()
        for module in (queue, signing_keys):
            module._client.cache_clear()
        for _ in range(TIMES):
            assert queue.post_letters([1]) == []
            assert SecretsManagerStore().open() == "secret"
            proxy.forget(failure)
        assert queue.post_letters([1]) == []
        assert SecretsManagerStore().open() == "secret"
    for module in (queue, signing_keys):
        module._client.cache_clear()


@pytest.mark.parametrize("failure", FAILURES)
def test_cloudinary_is_reached_after_a_sleep(picture_cloud: PictureCloud, failure: str) -> None:
    picture = prepare_image(photographs.encoded(photographs.scene(64), "PNG"))
    with through(picture_cloud.origin) as (origin, proxy):
        account = Account.read(picture_cloud.url.replace(picture_cloud.origin, origin), local=True)
        storage = CloudinaryStorage(account)
        for number in range(TIMES):
            try:
                storage.keep(f"kith/idle/{failure}-{number}", picture)
            finally:
                proxy.forget(failure)
            storage.remove(f"kith/idle/{failure}-{number}")


def test_a_connection_has_slept_when_it_was_used_long_ago_by_the_wall_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KITH_CONNECTION_IDLE_SECONDS", "10")
    settings.cache_clear()
    wall = SimpleNamespace(seconds=1000.0)
    timer = IdleTimer(lambda: wall.seconds)
    seen = []

    for at in (1009, 1010, 989):
        wall.seconds = at
        seen.append(timer.has_slept())
    timer.touch()

    assert [*seen, timer.has_slept()] == [False, True, True, False]
