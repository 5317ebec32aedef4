"""How much a tick reads, in pages as PostgreSQL counts them: what is due in it, and no more.

Seconds say nothing on a busy machine; ``EXPLAIN (ANALYZE, BUFFERS)`` counts the pages that a
statement touches while it runs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kith.birthdays.reminders.planner import SliceFailed, make_slices, plan_slice
from kith.birthdays.reminders.planner_sql import EXPIRE, MAKE_SLICES, PLAN
from kith.database.native import NativeConnection
from tests.databases import FreshDatabase

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
USERS = 3_000

_USERS = """
INSERT INTO users (id, email, email_key, password_hash, verified_at, tokens_valid_after,
    unsubscribe_seed, time_zone, reminders_at, lead_days, contacts_living, created_at, updated_at)
SELECT id, id || '@example.com', id || '@example.com', 'none', now(), now(), '\\x00',
    CAST(:zone AS text), CAST(:at AS time), CAST(:leads AS smallint[]), 10, '2020-01-01',
    '2020-01-01'
FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, CAST(:users AS integer))) AS new
"""

# Each of the ten on another day, spread over the year by the owner.
_CONTACTS = """
INSERT INTO contacts (owner_id, id, first_name, sort_name, search, birth_month, birth_day,
    created_at, updated_at)
SELECT u.id, n, 'Grace', 'grace', 'grace', extract(month FROM born), extract(day FROM born),
    '2020-01-01', '2020-01-01'
FROM users u, generate_series(1, 10) n,
    LATERAL (SELECT date '2026-01-01' + abs(hashtext(u.id || '/' || n)) % 365 AS born) day
WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.owner_id = u.id)
"""

_HOSTILE = """
INSERT INTO contacts (owner_id, id, first_name, sort_name, search, birth_month, birth_day,
    lead_days, created_at, updated_at)
SELECT CAST(:owner AS uuid), n, 'Grace', 'grace', 'grace', 5, 17,
    array(SELECT generate_series(n * 10, least(n * 10 + 9, 365))), '2020-01-01', '2020-01-01'
FROM generate_series(0, 36) n
"""


_SOMEBODY_DUE = """
SELECT u.id FROM users u JOIN contacts c ON c.owner_id = u.id
WHERE c.birth_key = 517 AND u.time_zone = 'UTC' ORDER BY u.id LIMIT 1
"""

_DUE_BUT = """
SELECT count(DISTINCT u.id)
FROM users u JOIN contacts c ON c.owner_id = u.id
WHERE c.birth_key = 517 AND u.time_zone = 'UTC' AND u.id <> :broken
"""


class Explained:
    """Runs the planner's large statements by ``EXPLAIN``, and adds up the pages."""

    def __init__(self, database: NativeConnection) -> None:
        self._database = database
        self.pages = 0

    def run(self, statement: str, **values: Any) -> list[list[Any]]:
        if statement not in {MAKE_SLICES, PLAN, EXPIRE}:
            return self._database.run(statement, **values)
        explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}"
        [[[found]]] = self._database.run(explain, **values)
        self.pages += pages(found["Plan"])
        ids = "SELECT id FROM planner_slices ORDER BY id"
        return self._database.run(ids) if statement == MAKE_SLICES else []


def pages(plan: dict[str, Any]) -> int:
    """Of a plan and all below it: a CTE that only its own subplan reads is not in the total."""
    own = int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
    below = sum(pages(each) for each in plan.get("Plans", ()))
    return max(own, below)


def work(database: NativeConnection, at: datetime) -> int:
    """The pages of a tick with all its slices; nothing of it stays."""
    explained = Explained(database)
    database.run("BEGIN")
    try:
        for slice_id in make_slices(explained, at, at):
            plan_slice(explained, slice_id, at, lambda: True)
    finally:
        database.run("ROLLBACK")
    return explained.pages


def add_users(database: NativeConnection, users: int, zone: str, at: str, leads: str) -> None:
    database.run(_USERS, users=users, zone=zone, at=at, leads=leads)
    database.run(_CONTACTS)
    database.run("VACUUM ANALYZE")


@pytest.fixture
def crowd(fresh_database: FreshDatabase) -> Iterator[NativeConnection]:
    """Three thousand users in two zones, who want their letters at nine."""
    database = NativeConnection(fresh_database.url)
    database.run("SET statement_timeout = 0")
    for zone in ("UTC", "Europe/Kyiv"):
        add_users(database, USERS // 2, zone, "09:00", "{0}")
    database.run("INSERT INTO planner VALUES (true, :at)", at=NINE - timedelta(minutes=15))
    yield database
    database.close()


def awake_until(database: NativeConnection, moment: datetime) -> None:
    database.run("UPDATE planner SET planned_until = :moment", moment=moment)


def hostile_account(database: NativeConnection, zone: str, at: str) -> UUID:
    """37 contacts whose ``lead_days`` cover every day from 0 to 365."""
    add_users(database, 1, zone, at, "{0,1,2,3,50,100,150,200,300,365}")
    [[owner]] = database.run("SELECT id FROM users WHERE lead_days <> '{0}'")
    database.run("DELETE FROM contacts WHERE owner_id = :owner", owner=owner)
    database.run(_HOSTILE, owner=owner)
    database.run("VACUUM ANALYZE")
    return UUID(str(owner))


def test_a_tick_in_which_nothing_is_due_reads_next_to_nothing(crowd: NativeConnection) -> None:
    awake_until(crowd, NOON - timedelta(minutes=15))

    assert work(crowd, NOON) < 50


def test_work_grows_with_what_is_due_and_not_with_the_users(crowd: NativeConnection) -> None:
    awake_until(crowd, NOON - timedelta(minutes=15))
    add_users(crowd, 100, "UTC", "12:00", "{0}")
    few = work(crowd, NOON)

    add_users(crowd, 2 * USERS, "UTC", "09:00", "{0}")
    with_others = work(crowd, NOON)
    add_users(crowd, 300, "UTC", "12:00", "{0}")
    many = work(crowd, NOON)

    assert with_others < few * 1.5
    assert many < few * 4 * 1.5


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_one_account_s_odd_leads_cost_its_own_rows_only(crowd: NativeConnection, zone: str) -> None:
    """It made every tick read everybody's contacts of every day: 0.6 seconds became 15."""
    awake_until(crowd, NOON - timedelta(minutes=15))
    before = work(crowd, NOON)

    wall = {"UTC": "12:00", "Pacific/Kiritimati": "02:00", "Pacific/Pago_Pago": "01:00"}[zone]
    hostile_account(crowd, zone, wall)

    assert work(crowd, NOON) - before < 1_000


def test_nobody_else_pays_for_it(crowd: NativeConnection) -> None:
    before = work(crowd, NINE)

    hostile_account(crowd, "UTC", "09:00")

    assert work(crowd, NINE) < before + 1_000


def test_in_the_trash_they_cost_nothing(crowd: NativeConnection) -> None:
    awake_until(crowd, NOON - timedelta(minutes=15))
    owner = hostile_account(crowd, "UTC", "12:00")
    crowd.run("UPDATE contacts SET deleted_at = now() WHERE owner_id = :owner", owner=owner)
    crowd.run("VACUUM ANALYZE")

    assert work(crowd, NOON) < 300


def test_an_account_that_the_database_refuses_stops_no_other(crowd: NativeConnection) -> None:
    """Whatever is wrong with its rows: the others of its slice get their letters."""
    [[broken]] = crowd.run(_SOMEBODY_DUE)
    [[due]] = crowd.run(_DUE_BUT, broken=broken)

    class Refusing:
        def run(self, statement: str, **values: Any) -> list[list[Any]]:
            if statement == PLAN and broken in values["owners"]:
                return crowd.run("SELECT CAST('no number' AS integer)")
            return crowd.run(statement, **values)

    failures = 0
    for slice_id in make_slices(Refusing(), NINE, NINE):
        try:
            plan_slice(Refusing(), slice_id, NINE, lambda: True)
        except SliceFailed:
            failures += 1

    assert (failures, crowd.run("SELECT owners FROM planner_slices")) == (1, [[[broken]]])
    assert crowd.run("SELECT count(*) FROM outbox") == [[due]]


_MERGED = """
INSERT INTO contacts (owner_id, id, first_name, sort_name, search, birth_month, birth_day,
    created_at, updated_at)
SELECT CAST(:owner AS uuid), n, 'Grace', 'grace', 'grace', 5, 17, '2020-01-01', '2020-01-01'
FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) n
"""
_MERGES = """
INSERT INTO merges (owner_id, id, winner_id, loser_ids, gained, created_at)
SELECT owner_id, gen_random_uuid(), id, array[id + 100000],
    jsonb_build_object('notes', repeat(md5(id::text), 30)), '2020-01-01'
FROM contacts WHERE owner_id = CAST(:owner AS uuid) AND id BETWEEN :first AND :last
"""


def test_many_merges_cost_as_much_as_there_are_and_not_their_square(
    crowd: NativeConnection,
) -> None:
    awake_until(crowd, NOON - timedelta(minutes=15))
    owner = hostile_account(crowd, "UTC", "12:00")
    crowd.run("DELETE FROM contacts WHERE owner_id = :owner", owner=owner)

    def merge(first: int, last: int) -> int:
        crowd.run(_MERGED, owner=owner, first=first, last=last)
        crowd.run(_MERGES, owner=owner, first=first, last=last)
        crowd.run("VACUUM ANALYZE")
        return work(crowd, NOON)

    few = merge(1, 400)
    many = merge(401, 800)

    assert many < few * 2 * 1.2
