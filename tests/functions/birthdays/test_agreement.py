"""The list, the feed and the reminders agree about every day on which they could differ."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from sqlalchemy import select, update

from kith.accounts.models import User
from kith.birthdays.models import ReminderLogEntry
from tests.clients import send
from tests.clock import FrozenClock
from tests.databases import RolledBack, RolledBackStatements
from tests.functions.birthdays.conftest import Client
from tests.planning import plan_tick

BORN = ["01-01", "02-27", "02-28", "02-29", "03-01", "03-02", "12-31"]
DAYS = [
    date(2026, 12, 30) + timedelta(days=n) for n in (*range(4), *range(57, 64), *range(422, 429))
]


@pytest.mark.parametrize("leap_day", ["feb28", "mar1"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_they_agree(
    database: RolledBack, alice: Client, clock: FrozenClock, zone: str, leap_day: str
) -> None:
    profile = {"time_zone": zone, "leap_day": leap_day}
    alice.profile = profile
    alice.connection.execute(update(User).values(**profile))
    people = {alice.add(day, f"--{day}"): day for day in BORN}
    clock.set(datetime.combine(DAYS[0], time(9), ZoneInfo(zone)))
    _, feed, _ = alice.request("POST", "/api/birthdays/feeds")

    for day in DAYS:
        nine = datetime.combine(day, time(9), ZoneInfo(zone)).astimezone(UTC)
        clock.set(nine)
        plan_tick(RolledBackStatements(database), nine)

        listed = [each["id"] for each in alice.upcoming(days=0)["items"]]
        announced = select(ReminderLogEntry.contact_id).where(
            ReminderLogEntry.local_date == day, ReminderLogEntry.outcome.is_(None)
        )
        assert sorted(alice.connection.scalars(announced)) == sorted(listed)
        assert sorted(in_feed(feed["url"], day)) == sorted(
            f"{people[n]}’s birthday" for n in listed
        )


def in_feed(url: str, day: date) -> list[str]:
    _, text, _ = send(Client.handler, "GET", url.removeprefix("http://127.0.0.1:8000"))
    calendar: Any = icalendar.Calendar.from_ical(text)
    return [str(each["summary"]) for each in calendar.walk("VEVENT") if each["dtstart"].dt == day]
