"""What the first request after a start costs, beside a warm one, in milliseconds of CPU.

Each start is a process of its own with PostgreSQL and Valkey; only the CPU of its requests counts,
so that a busy machine does not. What the start itself costs is measured by `cold_start.py`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.local.servers import postgres, valkey
from kith.database.engine import make_engine
from kith.migrations.head import upgrade
from tests.benchmarks.contacts import fill
from tests.clients import Client
from tests.factories import create_user

STARTS: Final = 5
PATHS: Final = {"one contact": "/api/contacts/50", "list of 100": "/api/contacts"}
_ASK: Final = """
import contextlib, io, json, sys, time
from functions.contacts.app import handler
costs, event = [], sys.argv[1]
with contextlib.redirect_stdout(io.StringIO()):
    for _ in range(31):
        asked = json.loads(event)
        began = time.process_time()
        status = handler(asked, None)["statusCode"]
        costs.append(time.process_time() - began)
print(json.dumps([status, *costs]))
"""


@contextmanager
def served() -> Iterator[tuple[Client, dict[str, str]]]:
    """Somebody with a hundred contacts, and the environment of the functions that serve them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else when we are root
        with postgres.running(Path(folder, "p")) as url, valkey.running(Path(folder, "v")) as cache:
            upgrade(url)
            with make_engine(url).connect() as connection:
                person = Client(create_user(connection, "alice"))
                fill(connection, person, 100)
                connection.commit()
            ours = {
                "DATABASE_URL": url,
                "REDIS_URL": cache,
                "KITH_STAGE": "test",
                "KITH_CONTACTS_REQUESTS_PER_MINUTE": "1000000",
            }
            yield person, {**os.environ, **ours}  # noqa: TID251 - handed on to another process


def started(event: str, environment: dict[str, str]) -> tuple[float, float]:
    """Milliseconds of CPU: of the first request, and the median of thirty more."""
    result = subprocess.run(
        [sys.executable, "-c", _ASK, event],
        env={**environment, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    status, first, *others = json.loads(result.stdout.splitlines()[-1])
    assert status == 200  # anything else would be quick, and wrong
    return first * 1000, statistics.median(others) * 1000


def main() -> None:
    with served() as (person, environment):
        for name, path in PATHS.items():
            event = json.dumps(person.event("GET", path))
            starts = [started(event, environment) for _ in range(STARTS)]
            first, warm = (statistics.median(each) for each in zip(*starts, strict=True))
            sys.stdout.write(
                f"{name:12} first {first:6.1f} ms  warm {warm:5.1f} ms  {first / warm:4.1f} x\n"
            )


if __name__ == "__main__":
    main()
