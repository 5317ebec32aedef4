"""How long the import and the export of a large address book take, and how much memory.

Everything but the gateway is in it: the event, the door, PostgreSQL. Each measurement runs in a
process of its own, so that its peak is its own. `python -m tests.benchmarks.importing [cards]`.
"""

import resource
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from functions.contacts.app import handler
from infra.local.servers import postgres
from kith.database.engine import make_engine
from kith.migrations.head import upgrade
from tests import events
from tests.clients import Client
from tests.factories import create_user

CARDS = 8_000
_CARD = """BEGIN:VCARD\r
VERSION:3.0\r
N:Шевченко;Іван {number};;;\r
FN:Іван {number} Шевченко\r
ORG:Kyivstar;Research\r
EMAIL;TYPE=INTERNET,HOME:ivan.{number}@example.com\r
TEL;TYPE=CELL:+38067{number:07}\r
TEL;TYPE=HOME:044 {number:07}\r
ADR;TYPE=HOME:;;Khreshchatyk 1;Kyiv;;01001;Ukraine\r
BDAY:1990-05-17\r
NOTE:Likes clocks\\, and the sea.\\nSecond line.\r
CATEGORIES:family,friends\r
UID:card-{number}\r
END:VCARD\r
"""


_WHAT = ("import", "import again", "import news", "rehearsal", "vcard", "csv", "json", "duplicates")


def main() -> None:
    cards = sys.argv[1] if len(sys.argv) > 1 else str(CARDS)
    with tempfile.TemporaryDirectory() as directory, postgres.running(Path(directory)) as url:
        upgrade(url)
        engine = make_engine(url)
        with engine.begin() as connection:
            owner = str(create_user(connection, "alice"))
        _say(f"| {cards} cards | seconds | CPU | peak | above idle |")
        _say("|---|---|---|---|---|")
        for what in _WHAT:
            _measure(url, what, owner, cards)
        engine.dispose()


def _measure(url: str, *arguments: str) -> None:
    """In a process of its own, so that the memory is its own."""
    command = [sys.executable, "-m", "tests.benchmarks.importing", "--one", *arguments]
    environment = {"DATABASE_URL": url, "KITH_STAGE": "test", "PYTHONPATH": ".:layers/kith"}
    subprocess.run(command, check=True, env=environment)


def _one(what: str, owner: str, cards: str) -> None:
    person = Client(UUID(owner), locale="uk")
    with redirect_stdout(StringIO()):  # the log
        person.request("GET", "/api/contacts", query={"limit": 1})
        request = _request(what, int(cards))
        idle, began, cpu = _peak_mb(), time.perf_counter(), time.process_time()
        answered = _asks(person, request)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert answered == 200, answered
    peak = _peak_mb()
    _say(f"| {what} | {seconds:.2f} | {cpu:.2f} | {peak:.0f} MB | {peak - idle:.0f} MB |")


def _asks(person: Client, request: dict[str, Any]) -> int:
    event = events.request(**request, identity=person.identity)
    context = SimpleNamespace(aws_request_id="1", function_name="contacts")
    status: int = handler(event, context)["statusCode"]
    return status


def _request(what: str, cards: int) -> dict[str, Any]:
    if what in {"vcard", "csv", "json"}:
        return {"method": "GET", "path": "/api/contacts/export", "query": {"format": what}}
    if what == "duplicates":
        return {"method": "GET", "path": "/api/contacts/duplicates"}
    file = "".join(_CARD.format(number=number) for number in range(cards))
    if what == "import news":
        file = file.replace("Research", "Development")
    return {
        "method": "POST",
        "path": "/api/contacts/import",
        "raw": file.encode(),
        "headers": {"content-type": "text/vcard"},
        "query": {"dry_run": "true"} if what == "rehearsal" else None,
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(*sys.argv[2:])
    else:
        main()
