"""The planner against a real PostgreSQL: who gets a letter, on which day, and only once."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kith.birthdays.models import ReminderLogEntry
from kith.mail.models import OutboxLetter
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_contact, create_user
from tests.planning import plan_tick

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)


def tick(database: RolledBack, at: datetime = NINE, now: datetime | None = None) -> int:
    return plan_tick(RolledBackStatements(database), at, now or at)


def letters(database: RolledBack) -> list[tuple[str, dict[str, Any]]]:
    rows = database.connection.execute(
        select(OutboxLetter.kind, OutboxLetter.data).order_by(OutboxLetter.key)
    )
    return [(kind, data) for kind, data in rows]


def ledger(database: RolledBack) -> list[tuple[int, date, int, str | None]]:
    columns = (
        ReminderLogEntry.contact_id,
        ReminderLogEntry.occurrence,
        ReminderLogEntry.lead,
        ReminderLogEntry.outcome,
    )
    rows = database.connection.execute(select(*columns).order_by(*columns))
    return [(row.contact_id, row.occurrence, row.lead, row.outcome) for row in rows]


def test_a_birthday_is_announced_once_however_often_the_tick_comes(database: RolledBack) -> None:
    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace Hopper", "1906-05-17")

    planned = [tick(database) for _ in range(3)]

    assert planned == [1, 0, 0]
    assert letters(database) == [("reminder_daily", {"local_date": "2027-05-17"})]
    assert ledger(database) == [(1, date(2027, 5, 17), 0, None)]


def test_one_letter_tells_of_everybody_who_is_due_that_day(database: RolledBack) -> None:
    alice = create_user(database.connection, lead_days=[0, 7])
    create_contact(database.connection, alice, "Grace Hopper", "1906-05-17")
    create_contact(database.connection, alice, "Іван Шевченко", "--05-24")
    create_contact(database.connection, alice, "Ada Lovelace", "1815-05-18")

    planned = tick(database)

    assert planned == 1
    assert [row[:3] for row in ledger(database)] == [
        (1, date(2027, 5, 17), 0),
        (2, date(2027, 5, 24), 7),
    ]


def test_a_letter_for_each_contact_when_that_is_what_the_user_wants(database: RolledBack) -> None:
    alice = create_user(database.connection, reminders_mode="per_contact")
    for name in ("Grace", "Ada"):
        create_contact(database.connection, alice, name, "1906-05-17")

    assert tick(database) == 2
    assert tick(database) == 0


def test_a_contact_s_own_lead_days_come_before_the_user_s(database: RolledBack) -> None:
    alice = create_user(database.connection, lead_days=[0])
    create_contact(database.connection, alice, "Grace", "1906-05-17", lead_days=[3])
    create_contact(database.connection, alice, "Ada", "1906-05-20", lead_days=[3])

    tick(database)

    assert [row[:3] for row in ledger(database)] == [(2, date(2027, 5, 20), 3)]


@pytest.mark.parametrize(("weekday", "expected"), [(1, [1, 2]), (2, [])])
def test_the_weekly_letter_has_the_week_ahead(
    database: RolledBack, weekday: int, expected: list[int]
) -> None:
    alice = create_user(database.connection, reminders_mode="weekly", reminders_weekday=weekday)
    for born in ("1906-05-17", "1906-05-23", "1906-05-24"):
        create_contact(database.connection, alice, "Grace", born)

    tick(database)

    assert [row[0] for row in ledger(database)] == expected


@pytest.mark.parametrize(
    "facts",
    [
        {"muted": True},
        {"deceased": True},
        {"deleted_at": NINE - timedelta(days=1)},
        {"lead_days": []},
    ],
)
def test_some_contacts_are_never_announced(database: RolledBack, facts: dict[str, Any]) -> None:
    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace", "1906-05-17", **facts)

    assert tick(database) == 0


@pytest.mark.parametrize(
    "profile",
    [{"reminders_enabled": False}, {"verified_at": None}, {"reminders_at": time(9, 1)}],
)
def test_some_users_get_no_letter_yet_or_at_all(
    database: RolledBack, profile: dict[str, Any]
) -> None:
    alice = create_user(database.connection, **profile)
    create_contact(database.connection, alice, "Grace", "1906-05-17")

    assert tick(database) == 0


@pytest.mark.parametrize(
    ("leap_day", "days"),
    [("feb28", ["2027-02-28"]), ("mar1", ["2027-03-01"])],
)
def test_29_february_is_announced_on_the_chosen_day(
    database: RolledBack, leap_day: str, days: list[str]
) -> None:
    alice = create_user(database.connection, leap_day=leap_day)
    create_contact(database.connection, alice, "Leap", "2000-02-29")

    for day in (27, 28, 29, 30):
        tick(database, datetime(2027, 2, 1, 9, tzinfo=UTC) + timedelta(days=day - 1))

    assert [data["local_date"] for _, data in letters(database)] == days


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Europe/Kyiv", "2027-05-17T05:45", 0),
        ("Europe/Kyiv", "2027-05-17T06:00", 1),
        ("America/Los_Angeles", "2027-05-17T15:45", 0),
        ("America/Los_Angeles", "2027-05-17T16:00", 1),
        ("Pacific/Kiritimati", "2027-05-16T19:00", 1),
        ("Asia/Kathmandu", "2027-05-17T03:00", 0),
        ("Asia/Kathmandu", "2027-05-17T03:15", 1),
        ("Nowhere/Atlantis", "2027-05-17T09:00", 1),
    ],
)
def test_nine_is_nine_on_the_user_s_wall(
    database: RolledBack, zone: str, at: str, due: int
) -> None:
    alice = create_user(database.connection, time_zone=zone)
    create_contact(database.connection, alice, "Grace", "1906-05-17")

    assert tick(database, datetime.fromisoformat(at).replace(tzinfo=UTC)) == due


def test_a_tick_that_comes_hours_late_still_sends_the_same_day(database: RolledBack) -> None:
    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace", "1906-05-17")

    assert tick(database, NINE, now=NINE + timedelta(hours=14)) == 1


def test_a_day_that_is_over_is_written_down_and_never_sent(database: RolledBack) -> None:
    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace", "1906-05-17")

    assert tick(database, NINE, now=NINE + timedelta(hours=15)) == 0
    assert ledger(database) == [(1, date(2027, 5, 17), 0, "expired")]


def test_the_days_of_an_absent_planner_are_written_down(database: RolledBack) -> None:
    alice = create_user(database.connection)
    for born in ("1906-05-17", "1906-05-18", "1906-05-19", "1906-05-20"):
        create_contact(database.connection, alice, "Grace", born)
    create_contact(
        database.connection, alice, "New", "1906-05-18", created_at=NINE + timedelta(days=3)
    )
    tick(database, NINE)

    planned = tick(database, NINE + timedelta(days=3))

    assert planned == 1
    assert ledger(database) == [
        (1, date(2027, 5, 17), 0, None),
        (2, date(2027, 5, 18), 0, "expired"),
        (3, date(2027, 5, 19), 0, "expired"),
        (4, date(2027, 5, 20), 0, None),
    ]


def test_what_was_written_off_is_sent_after_all_when_its_day_is_planned(
    database: RolledBack,
) -> None:
    """A clock that is put back, as in a rehearsal, must not lose a reminder."""
    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    tick(database, NINE, now=NINE + timedelta(days=1))

    assert tick(database, NINE) == 1
    assert ledger(database) == [(1, date(2027, 5, 17), 0, None)]


def test_the_last_tick_of_a_day_plans_its_last_minutes(database: RolledBack) -> None:
    alice = create_user(database.connection, reminders_at=time(23, 50))
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    last = datetime(2027, 5, 17, 23, 45, tzinfo=UTC)

    assert tick(database, last - timedelta(minutes=15)) == 0
    assert tick(database, last) == 1
    assert database.connection.scalar(select(OutboxLetter.not_before)) == last + timedelta(
        minutes=5
    )


def test_a_letter_does_not_wait_for_a_future_that_the_clock_has_not_reached(
    database: RolledBack,
) -> None:
    """A rehearsal plans a day to come: its letters go out now."""
    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    today = NINE - timedelta(days=2)

    tick(database, NINE, now=today)

    assert database.connection.scalar(select(OutboxLetter.not_before)) == today


def test_another_mode_on_the_same_day_does_not_tell_the_same_again(database: RolledBack) -> None:
    from kith.accounts.models import User

    alice = create_user(database.connection)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    tick(database)

    database.connection.execute(update(User).values(reminders_mode="per_contact"))

    assert tick(database) == 0
