"""Birthdays on the calendar: the vectors that were agreed on, and what must hold for every date."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.calendar import birthday_key, celebrated, keys_on, occurrence

LEAP_DAYS = st.sampled_from(["feb28", "mar1"])
BIRTHDAYS = st.dates(date(1600, 1, 1), date(2400, 12, 31))
TODAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("today", "leap_day", "coming", "days", "turns"),
    [
        ("2027-02-28", "feb28", "2027-02-28", 0, 27),
        ("2027-02-28", "mar1", "2027-03-01", 1, 27),
        ("2027-03-01", "feb28", "2028-02-29", 365, 28),
        ("2027-03-01", "mar1", "2027-03-01", 0, 27),
        ("2028-02-28", "feb28", "2028-02-29", 1, 28),
        ("2028-02-28", "mar1", "2028-02-29", 1, 28),
        ("2028-03-01", "feb28", "2029-02-28", 364, 29),
        ("2028-03-01", "mar1", "2029-03-01", 365, 29),
        ("2100-02-28", "feb28", "2100-02-28", 0, 100),
        ("2100-02-28", "mar1", "2100-03-01", 1, 100),
    ],
)
def test_29_february_is_kept_on_the_day_that_the_user_chose(
    today: str, leap_day: str, coming: str, days: int, turns: int
) -> None:
    found = occurrence(2, 29, 2000, date.fromisoformat(today), leap_day)

    assert (found.next.isoformat(), found.days, found.turns) == (coming, days, turns)


def test_age_is_the_years_completed_today() -> None:
    eve = occurrence(5, 17, 1990, date(2027, 5, 16), "feb28")
    day = occurrence(5, 17, 1990, date(2027, 5, 17), "feb28")

    assert (eve.age, eve.turns) == (36, 37)
    assert (day.age, day.turns) == (37, 37)


def test_without_a_year_there_is_no_age() -> None:
    found = occurrence(5, 17, None, date(2027, 5, 17), "feb28")

    assert (found.turns, found.age) == (None, None)


def test_who_is_born_tomorrow_in_another_time_zone_is_not_younger_than_nothing() -> None:
    assert occurrence(5, 18, 2027, date(2027, 5, 17), "feb28").age == 0


@given(birthday=BIRTHDAYS, today=TODAYS, leap_day=LEAP_DAYS)
def test_the_next_birthday_is_the_first_day_from_today_that_keeps_it(
    birthday: date, today: date, leap_day: str
) -> None:
    found = occurrence(birthday.month, birthday.day, None, today, leap_day)

    kept = birthday_key(birthday.month, birthday.day)
    assert found.next == today + timedelta(days=found.days)
    assert 0 <= found.days <= 366
    assert kept in keys_on(found.next, leap_day)
    assert not any(kept in keys_on(today + timedelta(days=n), leap_day) for n in range(found.days))


@given(year=st.integers(1900, 2200), birthday=BIRTHDAYS, leap_day=LEAP_DAYS)
def test_each_birthday_is_kept_once_a_year(year: int, birthday: date, leap_day: str) -> None:
    kept = birthday_key(birthday.month, birthday.day)
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range(366)]

    on = [each for each in days if each.year == year and kept in keys_on(each, leap_day)]

    assert on == [celebrated(birthday.month, birthday.day, year, leap_day)]
