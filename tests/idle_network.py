"""A stack behind a network that drops what is idle: PostgreSQL, Valkey and SQS, each past a proxy.

Pauses are made by the clock of the code under test; where one is as long as the settings call
idle, the network forgets every connection meanwhile, each time in another failure.
"""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from kith import cache as caches
from kith.accounts.sessions.authorizer import authorize
from kith.accounts.sessions.lookup import SessionLookup, connect_lookup
from kith.cache import Cache
from kith.database import unit_of_work
from kith.database.unit_of_work import Database
from kith.mail import queue
from kith.settings import settings
from tests.auth_client import AuthClient
from tests.clients import Client, Response
from tests.clock import FrozenClock
from tests.databases import patient_engine
from tests.forgetful_proxy import FAILURES, ForgetfulProxy, forgetful_proxy

_PAUSES: Final = (0, 0, 0.4, 0.9, 1, 1.1, 5, 60, 400)  # seconds
_SETTINGS: Final = {
    "KITH_ACCESS_TOKEN_SECONDS": "100000000",
    "KITH_SESSION_SECONDS": "100000000",
    "KITH_SESSION_IDLE_SECONDS": "100000000",
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": "1000000",
    "KITH_CONTACTS_CREATED_PER_DAY": "1000000",
    "KITH_SIGNUPS_PER_ORIGIN_PER_HOUR": "1000000",
    "KITH_LETTERS_PER_ORIGIN_PER_HOUR": "1000000",
}


class QueueServer:
    """As much of SQS as letters need; connections are kept alive, as SQS does."""

    def __init__(self) -> None:
        self.letter_ids: list[int] = []

    @contextmanager
    def running(self) -> Iterator[int]:
        """The port that it listens on, for as long as the block lasts."""
        with ThreadingHTTPServer(("127.0.0.1", 0), self._handler()) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            yield server.server_port
            server.shutdown()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        letter_ids = self.letter_ids

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
                letter_ids.extend(
                    json.loads(each["MessageBody"])["letter_id"] for each in sent["Entries"]
                )
                body = json.dumps({"Successful": [], "Failed": []}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/x-amz-json-1.0")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler


class IdleNetwork:
    """Requests of one person, each past the authorizer, with pauses between them."""

    def __init__(
        self, clock: FrozenClock, proxies: list[ForgetfulProxy], sent: QueueServer, seed: int
    ) -> None:
        self._clock = clock
        self._proxies = proxies
        self._queue = sent
        self._chance = random.Random(seed)
        self._seconds = 0.0
        self._sessions = SessionLookup(connect_lookup)
        self._people = 0
        self.statuses: list[int] = []

    def serve(self, requests: int) -> None:
        """So many requests of all kinds."""
        database = unit_of_work.database()
        person = AuthClient(database).sign_up_and_log_in()
        for _ in range(requests):
            self._pause()
            kind = self._chance.choice((self._read, self._read, self._write, self._sign_up))
            self.statuses.append(kind(person).status)

    def late_letters(self) -> set[int]:
        """Letters that were written and not posted at once."""
        with unit_of_work.database().reading() as connection:
            written = connection.execute(text("SELECT id FROM outbox")).scalars()
            return set(written) - set(self._queue.letter_ids)

    def close(self) -> None:
        self._sessions.close()

    def _pause(self) -> None:
        pause = self._chance.choice(_PAUSES)
        self._seconds += pause
        self._clock.set_offset(self._seconds)
        if pause >= settings().connection_idle.total_seconds():
            for proxy in self._proxies:
                proxy.forget(self._chance.choice(list(FAILURES)))

    def _read(self, person: AuthClient) -> Response:
        return self._client_of(person).request("GET", "/api/contacts")

    def _write(self, person: AuthClient) -> Response:
        body = {"first_name": "Grace"}
        return self._client_of(person).request("POST", "/api/contacts", body=body)

    def _sign_up(self, _: AuthClient) -> Response:
        self._people += 1
        stranger = AuthClient(unit_of_work.database())
        return stranger.sign_up(f"person-{self._people}@example.com")

    def _client_of(self, person: AuthClient) -> Client:
        answer = authorize(f"Bearer {person.access}", self._sessions)
        assert answer["isAuthorized"]
        assert "denied" not in answer["context"], answer
        client = Client(person.user_id)
        client.session_id = person.session_id
        return client


@contextmanager
def idle_network(
    postgres_url: str,
    valkey_url: str,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seed: int,
) -> Iterator[IdleNetwork]:
    """The stack behind such a network; ``postgres_url`` is a database of its own."""
    sent = QueueServer()
    with ExitStack() as stack:
        proxies: list[ForgetfulProxy] = []

        def through(url: str) -> str:
            port = urlsplit(url).port
            assert port
            proxies.append(stack.enter_context(forgetful_proxy(port)))
            return url.replace(f":{port}", f":{proxies[-1].port}")

        database_url = through(postgres_url)
        sqs_url = through(f"http://127.0.0.1:{stack.enter_context(sent.running())}")
        variables: dict[str, Any] = {
            **_SETTINGS,
            "DATABASE_URL": database_url,
            "AWS_ENDPOINT_URL": sqs_url,
            "KITH_LETTERS_QUEUE_URL": f"{sqs_url}/1/letters",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        queue._client.cache_clear()
        engine = patient_engine(database_url)
        stack.callback(engine.dispose)
        stack.callback(queue._client.cache_clear)
        stack.enter_context(caches.cache.override(Cache(through(valkey_url), timeout=0.5)))
        stack.enter_context(unit_of_work.database.override(Database(engine)))
        network = IdleNetwork(clock, proxies, sent, seed)
        stack.callback(network.close)
        yield network
