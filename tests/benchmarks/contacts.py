"""What a request to the contacts door costs: `python -m tests.benchmarks.contacts [contacts]`.

An event goes in and a response comes out, with PostgreSQL but without gateway and authorizer. The
CPU of this process and that of its database backend are added up, per request; owners of 100 and of
10 000 contacts (or as many as are asked for) are compared with a handler that does nothing.
"""

import asyncio
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from functions.contacts.app import handler
from infra.local.servers import postgres, valkey
from kith import cache as caches
from kith import clock
from kith import settings as environment
from kith.birthdate import Birthdate
from kith.cache import Cache
from kith.contacts.creation_repository import ContactCreation, QuotaLimits
from kith.contacts.mapper import new_contact
from kith.contacts.models import Contact
from kith.contacts.schemas import ContactCreate
from kith.database.engine import make_engine
from kith.database.unit_of_work import Database, database
from kith.migrations.head import upgrade
from tests.clients import Client
from tests.factories import create_user

SMALL, LARGE = 100, 10_000
ROUNDS = 200
PLENTY = QuotaLimits(10**6, 10**6, timedelta(days=1))
TICKS = os.sysconf("SC_CLK_TCK")
FIRST = ("Іван", "Марія", "Олена", "Taras", "Anna", "Grace", "Łukasz", "Євген")
LAST = ("Шевченко", "Франко", "Kowalski", "Hopper", "Мельник", "Nowak", "García")


def contact(number: int) -> Contact:
    return new_contact(
        ContactCreate(
            first_name=f"{FIRST[number % 8]} {number}",
            last_name=LAST[number % 7],
            email=f"person{number}@example.com",
            phone=f"+38067{1_000_000 + number}",
            birthday=Birthdate(1910 + number % 90, number % 12 + 1, number % 28 + 1),
            tags=["friends"] if number % 3 else [],
        ),
        "UA",
    )


def fill(connection: Connection, person: Client, many: int) -> None:
    for start in range(0, many, 1000):
        contacts = [contact(number) for number in range(start, min(start + 1000, many))]
        creation = ContactCreation(connection, person.id, PLENTY)
        creation.create(contacts, clock.now(), counted=False)


class Meter:
    """CPU seconds of this process and of the database backend that serves it."""

    def __init__(self, backend: int) -> None:
        self._stat = Path(f"/proc/{backend}/stat")

    def read(self) -> tuple[float, float]:
        fields = self._stat.read_text().rpartition(")")[2].split()
        return time.process_time(), (int(fields[11]) + int(fields[12])) / TICKS

    def measure(self, act: Callable[[], Any]) -> tuple[float, float]:
        """Milliseconds per call: of this process, of the backend."""
        for _ in range(20):
            act()
        before = self.read()
        for _ in range(ROUNDS):
            act()
        after = self.read()
        ours, theirs = (1000 * (b - a) / ROUNDS for a, b in zip(before, after, strict=True))
        return ours, theirs


def nothing() -> None:
    """What the runtime would do for a handler that does nothing."""
    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))


def requests(person: Client, many: int) -> dict[str, Callable[[], Any]]:
    def get(path: str, **query: Any) -> Callable[[], Any]:
        event = person.event("GET", path, query=query)
        return lambda: handler(event, None)

    last = f"Шевченко {many - 1}"
    create = person.event(
        "POST",
        "/api/contacts",
        body={"first_name": "Іван", "last_name": "Франко", "phone": "067 123 45 67"},
    )
    return {
        "one": get("/api/contacts/50"),
        "list of 100": get("/api/contacts"),
        "list of 100, by name, deep": get("/api/contacts", sort="name", skip=min(many // 2, 9000)),
        "search, frequent": get("/api/contacts", q="іван"),
        "search, rare": get("/api/contacts", q=f"person{many - 5}@"),
        "search, nobody": get("/api/contacts", q="немає"),
        "search by name": get("/api/contacts", last_name="hopper", sort="name"),
        "search, one word of two": get("/api/contacts", q=last),
        "create": lambda: handler(create, None),
    }


@contextmanager
def served() -> Iterator[tuple[Database, Connection]]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else when we are root
        with postgres.running(Path(folder, "p")) as url, valkey.running(Path(folder, "v")) as cache:
            upgrade(url)
            engine = make_engine(url, patience=60)
            with (
                caches.cache.override(Cache(cache)),
                database.override(Database(engine)) as chosen,
                make_engine(url).connect() as connection,
            ):
                yield chosen, connection
            engine.dispose()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def unlimited() -> None:
    """What a request costs is asked here, not how many are allowed."""
    os.environ["KITH_CONTACTS_REQUESTS_PER_MINUTE"] = "10000000"  # noqa: TID251 - as a caller would
    os.environ["KITH_CONTACTS_CREATED_PER_DAY"] = "10000000"  # noqa: TID251 - as above
    environment.settings.cache_clear()


def main(large: int) -> None:
    unlimited()
    asyncio.set_event_loop(asyncio.new_event_loop())
    with served() as (database, connection):
        people = {many: Client(create_user(connection, "alice")) for many in (SMALL, large)}
        crowd = [Client(create_user(connection, "bob")) for _ in range(20)]
        for many, person in people.items():
            fill(connection, person, many)
        for each in crowd:
            fill(connection, each, 500)
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("VACUUM ANALYZE"))
        with database.reading() as used:
            meter = Meter(used.scalar(text("SELECT pg_backend_pid()")) or 0)
        bare = meter.measure(nothing)[0]
        say(f"{'a handler that does nothing':<44} {bare:6.3f} ms")
        for many, person in people.items():
            for name, act in requests(person, many).items():
                with redirect_stdout(io.StringIO()):  # the log lines of the function
                    ours, theirs = meter.measure(act)
                total = ours + theirs
                say(
                    f"{name + f', {many} contacts':<44} {total:6.2f} ms"
                    f"  (function {ours:5.2f}, database {theirs:5.2f})  {total / bare:6.1f} x bare"
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LARGE)
