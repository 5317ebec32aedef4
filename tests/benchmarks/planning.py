"""One tick of the planner with all its slices: seconds, pages, memory, and how they grow.

    python -m tests.benchmarks.planning [--users 10000 100000] [--contacts 50] [--busy]

Three distributions for each number of users: everybody wants the letter at nine in one time zone;
the same in a zone of each of the UTC offsets in use; and one zone with hostile accounts, one in a
hundred, whose contacts have leads of their own over the whole year. One worker plans slice after
slice, and posts the letters through botocore to a queue that takes everything. The idle tick is
that of the next quarter of an hour, in which nothing is due.

Rows are made by INSERT … SELECT without foreign keys and indexes, which are built afterwards; of
the contacts' indexes only those that the planner reads. A million users with fifty contacts take
about 15 GB of disk and 2 GB of memory. Numbers of a busy machine are no numbers: it waits for a
load of at most 0.5 for each processor, and without that measures nothing.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from infra.local.servers import postgres
from kith.birthdays.reminders.planner import make_slices, plan_slice
from kith.database.native import NativeConnection
from kith.migrations.head import upgrade
from tests.recorders import RecordingQueue, recording

NINE: Final = datetime(2027, 5, 17, 9, tzinfo=UTC)
TICK: Final = timedelta(minutes=15)
QUIET: Final = 0.5  # load for each processor
QUIET_WITHIN_SECONDS: Final = 600
PATIENCE_SECONDS: Final = 36_000.0  # rows are made by one statement
DISTRIBUTIONS: Final = ("one zone", "all offsets", "hostile leads")
UNREAD_INDEXES: Final = (
    "living", "long", "name", "updated", "trash", "uid", "purge",
)  # fmt: skip
QUEUE: Final = {
    "KITH_REMINDERS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/reminders",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}
HEAD: Final = (
    "| users | contacts | distribution | slices | letters | seconds | letters/s | pages"
    " | idle tick, ms | memory above idle, MB | load |"
)

_USERS: Final = """
INSERT INTO users (id, email, email_key, password_hash, verified_at, tokens_valid_after,
    unsubscribe_seed, lead_days, contacts_living, created_at, updated_at)
SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', 'none', '2020-01-01',
    '2020-01-01', '\\x00', CASE WHEN n % 3 = 0 THEN '{14,7,0}' ELSE '{0}' END::smallint[],
    CAST(:contacts AS integer), '2020-01-01', '2020-01-01'
FROM generate_series(1, CAST(:users AS integer)) n
"""
_CONTACTS: Final = """
INSERT INTO contacts (owner_id, id, first_name, sort_name, search, birth_year, birth_month,
    birth_day, created_at, updated_at)
SELECT u.id, n, 'Grace', 'grace', 'grace', 1906, extract(month FROM born),
    extract(day FROM born), '2020-01-01', '2020-01-01'
FROM users u, generate_series(1, CAST(:contacts AS integer)) n,
    LATERAL (SELECT date '1906-01-01' + abs(hashtext(u.id || '/' || n) % 365) AS born) day
"""
_INDEXES: Final = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('users', 'contacts') AND indexname LIKE 'ix\\_%' ORDER BY indexname
"""
# A user's place among all is the number before the @.
_SPREAD: Final = """
UPDATE users SET time_zone = (CAST(:zones AS text[]))[1 + split_part(email, '@', 1)::integer
    % array_length(CAST(:zones AS text[]), 1)]
"""
# Thirty-seven contacts whose leads together cover every day from 0 to 365.
_HOSTILE: Final = """
WITH hostile AS (
    UPDATE users SET lead_days = '{0,1,2,3,50,100,150,200,300,365}',
        time_zone = (CAST(:zones AS text[]))[1 + split_part(email, '@', 1)::integer / 100 % 3],
        reminders_at = (CAST(:hours AS time[]))[1 + split_part(email, '@', 1)::integer / 100 % 3]
    WHERE split_part(email, '@', 1)::integer % 100 = 0
    RETURNING id
)
UPDATE contacts c
SET lead_days = array(SELECT generate_series((c.id - 1) * 10, least((c.id - 1) * 10 + 9, 365)))
FROM hostile WHERE c.owner_id = hostile.id AND c.id <= 37
"""
HOSTILE_HOURS: Final = {
    "UTC": "09:00",
    "Pacific/Kiritimati": "23:00",
    "Pacific/Pago_Pago": "22:00",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="One tick of the planner.")
    parser.add_argument("--users", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--contacts", type=int, default=50, help="of each user")
    parser.add_argument("--busy", action="store_true", help="measure whatever the load is")
    parser.add_argument("--folder", type=Path, help="where the database is made, and removed")
    parser.add_argument("--tick", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.tick:
        _say(json.dumps(_tick(given.tick)))
        return
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as folder,
        postgres.running(Path(folder) / "data", durable=False) as url,
    ):
        upgrade(url)
        _say(HEAD)
        _say("|---" * HEAD.count(" | ") + "|---|")
        for users in given.users:
            _measure_size(url, users, given.contacts, busy=given.busy)


def _measure_size(url: str, users: int, contacts: int, *, busy: bool) -> None:
    began = time.perf_counter()
    database = _unhurried(url)
    fill(database, users, contacts)
    [[size]] = database.run("SELECT pg_size_pretty(pg_database_size(current_database()))")
    seconds = time.perf_counter() - began
    sys.stderr.write(f"{users:,} users x {contacts}: {seconds:.0f} s to make, {size}\n")
    for distribution in DISTRIBUTIONS:
        arrange(database, distribution)
        load = _await_quiet(busy=busy)
        # In a process of its own, so that the memory is the planner's.
        command = [sys.executable, "-m", "tests.benchmarks.planning", "--tick", url]
        environment = {**os.environ, **QUEUE}  # noqa: TID251 - of the process that is measured
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        found = json.loads(done.stdout)
        _say(_row(users, contacts, distribution, found, load))
    database.close()


def fill(database: NativeConnection, users: int, contacts: int) -> None:
    """Users who all want their letter at nine UTC, and their contacts; whoever was there goes."""
    database.run("SET session_replication_role = replica")  # no foreign keys are checked
    database.run("SET maintenance_work_mem = '1GB'")
    indexes = database.run(_INDEXES)
    database.run("BEGIN")
    database.run("TRUNCATE users CASCADE")
    for name, _ in indexes:
        database.run(f"DROP INDEX {name}")
    database.run("ALTER TABLE contacts DROP CONSTRAINT pk_contacts CASCADE")
    database.run(_USERS, users=users, contacts=contacts)
    database.run(_CONTACTS, contacts=contacts)
    database.run("ALTER TABLE contacts ADD CONSTRAINT pk_contacts PRIMARY KEY (owner_id, id)")
    for name, definition in indexes:
        if name.removeprefix("ix_contacts_") not in UNREAD_INDEXES:
            database.run(definition)
    database.run("COMMIT")
    database.run("VACUUM ANALYZE")


def arrange(database: NativeConnection, distribution: str) -> None:
    """Nothing is planned yet, the tick before was a quarter to nine."""
    database.run("TRUNCATE outbox, reminder_log, planner_slices, planner")
    database.run("INSERT INTO planner VALUES (true, :at)", at=NINE - TICK)
    if distribution == "hostile leads":
        database.run(_SPREAD, zones=["UTC"])
        database.run(_HOSTILE, zones=list(HOSTILE_HOURS), hours=list(HOSTILE_HOURS.values()))
    else:
        zones = ["UTC"] if distribution == "one zone" else _zones()
        database.run(_SPREAD, zones=zones)
    database.run("VACUUM ANALYZE")


def _tick(url: str) -> dict[str, float]:
    database = _unhurried(url)
    with recording() as (_, queue), redirect_stdout(StringIO()):  # without the log
        before, idle_mb = _pages(database), _peak_mb()
        slices, letters, seconds = _planned(database, queue, NINE)
        pages, memory_mb = _pages(database) - before, _peak_mb() - idle_mb
        _, _, idle_seconds = _planned(database, queue, NINE + TICK)
    return {
        "slices": slices,
        "letters": letters,
        "seconds": seconds,
        "pages": pages,
        "idle_seconds": idle_seconds,
        "memory_mb": memory_mb,
    }


def _planned(
    database: NativeConnection, queue: RecordingQueue, at: datetime
) -> tuple[int, int, float]:
    began, letters = time.perf_counter(), 0
    slice_ids = make_slices(database, at, at)
    for slice_id in slice_ids:
        letters += plan_slice(database, slice_id, at, lambda: True)
        queue.forget()
    return len(slice_ids), letters, time.perf_counter() - began


def _pages(database: NativeConnection) -> int:
    """How many pages the database has looked at so far, cached or not."""
    database.run("SELECT pg_stat_force_next_flush()")
    [[pages]] = database.run(
        "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
    )
    return int(pages)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _zones() -> list[str]:
    """One zone for each UTC offset that is in use at that moment."""
    named = {NINE.astimezone(ZoneInfo(name)).utcoffset(): name for name in available_timezones()}
    return sorted(named.values())


def _row(users: int, contacts: int, distribution: str, found: dict[str, Any], load: float) -> str:
    seconds = found["seconds"]
    cells: Sequence[str] = (
        f"{users:,}",
        f"{users * contacts:,}",
        distribution,
        f"{found['slices']:,}",
        f"{found['letters']:,}",
        f"{seconds:.2f}",
        f"{found['letters'] / seconds:,.0f}",
        f"{found['pages']:,}",
        f"{found['idle_seconds'] * 1000:.0f}",
        f"{found['memory_mb']:.0f}",
        f"{load:.2f}",
    )
    return "| " + " | ".join(cells) + " |"


def _await_quiet(*, busy: bool) -> float:
    """The load for each processor, once what made the rows has faded from it."""
    deadline = time.monotonic() + QUIET_WITHIN_SECONDS
    while (load := os.getloadavg()[0] / (os.cpu_count() or 1)) > QUIET and not busy:
        if time.monotonic() > deadline:
            sys.exit(f"the machine is busy ({load:.2f} for each processor): nothing is measured")
        time.sleep(5)
    return load


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _unhurried(url: str) -> NativeConnection:
    database = NativeConnection(url, patience=PATIENCE_SECONDS)
    database.run("SET statement_timeout = 0")
    return database


if __name__ == "__main__":
    main()
