"""How long one tick of the planner takes, how much memory, and how that grows.

Everybody lives in one time zone and asks for nine o'clock, so that a whole day's letters fall into
one tick; there is no queue. `python -m tests.benchmarks.planning [users ...]`.
"""

import resource
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from infra.local.servers import postgres
from kith.database.native import NativeConnection
from kith.migrations.head import upgrade
from tests.planning import plan_tick

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)
CONTACTS = 20

_PEOPLE = """
WITH new AS (
    INSERT INTO users (id, email, email_key, password_hash, verified_at, tokens_valid_after,
        unsubscribe_seed, lead_days, created_at, updated_at)
    SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', 'none', now(), now(),
        '\\x00', CASE WHEN n % 3 = 0 THEN '{14,7,0}' ELSE '{0}' END::smallint[],
        '2020-01-01', '2020-01-01'
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) n
    RETURNING id
)
INSERT INTO contacts (owner_id, id, first_name, sort_name, search, birth_year, birth_month,
    birth_day, created_at, updated_at)
SELECT new.id, n, 'Grace', 'grace', 'grace', 1906, extract(month FROM born),
    extract(day FROM born), '2020-01-01', '2020-01-01'
FROM new, generate_series(1, CAST(:contacts AS integer)) n,
    LATERAL (SELECT date '1906-01-01' + abs(hashtext(new.id || '/' || n) % 365) AS born) day
"""


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [1_000, 10_000, 100_000]
    _say("| users | contacts | letters | seconds | letters/s | idle tick s | memory above idle |")
    _say("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, postgres.running(Path(folder) / "data") as url:
        upgrade(url)
        there = 0
        for users in sizes:
            _fill(url, there, users)
            there = users
            _measure(url, users)


def _fill(url: str, there: int, users: int) -> None:
    database = _unhurried(url)
    for first in range(there, users, 1_000):
        last = min(first + 1_000, users)
        database.run(_PEOPLE, first=first + 1, last=last, contacts=CONTACTS)
    database.run("DELETE FROM outbox")
    database.run("DELETE FROM reminder_log")
    database.run("VACUUM ANALYZE")
    database.close()


def _measure(url: str, users: int) -> None:
    """In a process of its own, so that the memory is the planner's."""
    command = [sys.executable, "-m", "tests.benchmarks.planning", "--tick", url, str(users)]
    subprocess.run(command, check=True)


def _tick(url: str, users: str) -> None:
    database = _unhurried(url)
    idle = _peak_mb()
    letters, seconds = _planned(database)
    above = _peak_mb() - idle
    _, again = _planned(database)
    _say(
        f"| {int(users):,} | {int(users) * CONTACTS:,} | {letters:,} | {seconds:.2f} |"
        f" {letters / seconds:,.0f} | {again:.2f} | {above:.1f} MB |"
    )


def _planned(database: NativeConnection) -> tuple[int, float]:
    began = time.perf_counter()
    with redirect_stdout(StringIO()):  # the log
        letters = plan_tick(database, NINE)
    return letters, time.perf_counter() - began


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _unhurried(url: str) -> NativeConnection:
    database = NativeConnection(url)
    database.run("SET statement_timeout = 0")
    return database


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tick"]:
        _tick(*sys.argv[2:])
    else:
        main()
