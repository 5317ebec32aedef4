"""Wall clocks around the world, held against a model that looks at every minute.

Thirty years, all IANA zones, any wall time, both leap rules: each reminder falls due on exactly one
date, on that date, never before its hour, and exactly one tick is responsible for it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kith.birthdays.reminders.due_dates import (
    hours_missed,
    hours_of_today,
    hours_reached,
    observed_days,
    window_start,
)
from kith.birthdays.reminders.local_time import WallClock, wall_clock

TICK = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
BIRTHDAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
DAYS = st.dates(date(2026, 1, 1), date(2056, 12, 31))
WALL_TIMES = st.times().map(lambda each: each.replace(second=0, microsecond=0))


def model_of_a_year(birthday: date, year: int, leap_day: str) -> date:
    """When a birthday is kept, said once more and differently."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        before = date(year, 2, 28)
        return before if leap_day == "feb28" else before + timedelta(days=1)


def minutes_of(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Every minute, in UTC, at which it is this date on the wall."""
    at = datetime.combine(day, time(), UTC) - timedelta(hours=16)
    for _ in range(54 * 60):
        at += MINUTE
        if at.astimezone(zone).date() == day:
            yield at


def ticks_around(day: date) -> list[datetime]:
    first = datetime.combine(day, time(), UTC) - timedelta(hours=36)
    return [first + n * TICK for n in range(96 * 4)]


def is_observed(today: date, birthday: date, leap_day: str) -> bool:
    """What the planner asks of PostgreSQL, for a user whose only lead is 0."""
    return any(
        row.birth_key == birthday.month * 100 + birthday.day and row.leap_day in {None, leap_day}
        for row in observed_days([today])
        if row.lead == 0 and not row.late
    )


def is_planned(clock: WallClock, tick: datetime, at: time) -> bool:
    """Whether a slice of this tick plans users of that hour."""
    return any(each.first <= f"{at:%H:%M}" <= each.covers for each in hours_of_today([clock], tick))


def is_responsible(clock: WallClock, tick: datetime, at: time) -> bool:
    """Whether this tick looks for users of that hour, the tick before having done its part."""
    reached = hours_reached([clock], tick, tick - TICK)
    return any(each.first <= f"{at:%H:%M}" <= each.covers for each in reached)


def leaves_at(clock: WallClock, tick: datetime, at: time) -> datetime:
    hours, minutes = map(int, clock.reached.split(":"))
    wait = max(0, at.hour * 60 + at.minute - hours * 60 - minutes)
    return tick + min(wait, clock.minutes_left - 1) * MINUTE


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    birthday=BIRTHDAYS,
    at=WALL_TIMES,
    leap_day=st.sampled_from(["feb28", "mar1"]),
    year=st.integers(2026, 2056),
)
@example("America/New_York", date(2024, 3, 8), time(2, 30), "feb28", 2026)  # skipped
@example("America/New_York", date(2024, 11, 1), time(1, 30), "feb28", 2026)  # repeated
@example("Africa/Cairo", date(2024, 4, 24), time(0, 10), "feb28", 2026)  # midnight is skipped
@example("Africa/Cairo", date(2024, 10, 29), time(23, 50), "feb28", 2026)  # its eve is repeated
@example("America/Nuuk", date(2024, 3, 28), time(23, 30), "feb28", 2026)  # the last hour is skipped
@example("Australia/Lord_Howe", date(2024, 10, 4), time(2, 10), "feb28", 2026)  # by half an hour
@example("Antarctica/Troll", date(2024, 3, 29), time(2, 0), "feb28", 2026)  # by two hours
@example("Pacific/Chatham", date(2024, 2, 29), time(23, 59), "mar1", 2100)
@example("Asia/Kathmandu", date(2024, 2, 29), time(9, 0), "feb28", 2027)
def test_a_reminder_is_due_once_on_its_date_and_never_before_its_hour(
    zone: str, birthday: date, at: time, leap_day: str, year: int
) -> None:
    day = model_of_a_year(birthday, year, leap_day)
    lived = list(minutes_of(day, ZoneInfo(zone)))
    hour = next((each for each in lived if each.astimezone(ZoneInfo(zone)).time() >= at), None)

    found = [(tick, wall_clock(zone, tick)) for tick in ticks_around(day)]
    observed = [each for each in found if is_observed(each[1].today, birthday, leap_day)]
    planning = [(tick, clock) for tick, clock in observed if is_planned(clock, tick, at)]
    responsible = [tick for tick, clock in observed if is_responsible(clock, tick, at)]

    assert {clock.today for _, clock in planning} == {day}
    tick, clock = planning[0]
    assert responsible == [tick]
    leaves = leaves_at(clock, tick, at)
    assert leaves in lived
    if hour is None:  # this date will never have that hour: its last minutes will do
        assert lived[-1] - leaves < TICK
    else:
        assert hour <= leaves < hour + TICK
    of_the_day = [tick for tick, clock in found if clock.today == day]
    assert [tick for tick, _ in planning] == of_the_day[of_the_day.index(tick) :]


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=DAYS,
    lead=st.integers(0, 365),
    leap_day=st.sampled_from(["feb28", "mar1"]),
)
def test_days_ahead_are_days_on_the_calendar(
    zone: str, day: date, lead: int, leap_day: str
) -> None:
    today = wall_clock(zone, datetime.combine(day, time(12), UTC)).today
    rows = [row for row in observed_days([today]) if row.lead == lead and not row.late]

    then = today + timedelta(days=lead)
    everyone = (date(2024, 1, 1) + timedelta(days=n) for n in range(366))
    assert {row.occurrence for row in rows} == {then}
    assert {row.birth_key for row in rows if row.leap_day in {None, leap_day}} == {
        each.month * 100 + each.day
        for each in everyone
        if model_of_a_year(each, then.year, leap_day) == then
    }


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=DAYS,
    at=WALL_TIMES,
    away=st.integers(1, 300),
)
@example("America/Nuuk", date(2026, 3, 28), time(23, 30), 200)
def test_what_no_tick_has_planned_is_missed_once(zone: str, day: date, at: time, away: int) -> None:
    """The planner is away for so many ticks: each hour of each date is seen by one tick only."""
    ticks = ticks_around(day)
    before, after = ticks[0], ticks[away]
    clock = wall_clock(zone, after)

    seen = [(each.day, each) for each in hours_missed([clock], after, before)]
    seen += [(each.day, each) for each in hours_reached([clock], after, before)]

    wall_time = f"{at:%H:%M}"
    dates = [each for each, hours in seen if hours.first <= wall_time <= hours.covers]
    first, last = wall_clock(zone, before), clock
    wanted = (first.today + timedelta(days=n) for n in range((last.today - first.today).days + 1))
    assert dates == [
        each
        for each in wanted
        if not (each == first.today and wall_time <= first.covers)
        and not (each == last.today and wall_time > last.covers)
    ]


NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("planned_until", "since"),
    [
        (None, None),
        (NINE - TICK, NINE - TICK),
        (NINE - timedelta(hours=9), NINE - timedelta(hours=9)),
        (NINE, NINE - TICK),
        (NINE + TICK, NINE - TICK),
        (NINE + timedelta(days=1), None),
    ],
    ids=["first", "usual", "after a pause", "repeated", "out of order", "asked for again"],
)
def test_a_tick_is_responsible_since_the_tick_before(
    planned_until: datetime | None, since: datetime | None
) -> None:
    assert window_start(NINE, planned_until) == since


def test_a_zone_that_nobody_knows_any_more_counts_as_utc() -> None:
    noon = datetime(2027, 5, 17, 12, tzinfo=UTC)

    assert wall_clock("Nowhere/Atlantis", noon)[1:] == wall_clock("UTC", noon)[1:]


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_a_wall_clock(zone: str) -> None:
    clock = wall_clock(zone, datetime(2027, 5, 17, 12, tzinfo=UTC))

    assert abs((clock.today - date(2027, 5, 17)).days) <= 1
