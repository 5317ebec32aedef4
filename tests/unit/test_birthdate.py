from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.birthdate import Birthdate


@given(st.dates(), st.booleans())
def test_a_birthday_is_read_as_it_was_written(day: date, year_known: bool) -> None:
    born = Birthdate(day.year if year_known else None, day.month, day.day)

    assert Birthdate.parse(str(born)) == born


@pytest.mark.parametrize(
    "text",
    [
        "1990-02-29",
        "1900-02-29",
        "--02-30",
        "--13-01",
        "--00-01",
        "0000-01-01",
        "1990-1-1",
        "19900101",
        "--0101",
        "1990-01-01T00:00:00Z",
        " 1990-01-01",
        "1990-01-01\n",
        "-990-01-01",
        "١٩٩٠-٠١-٠١",
        "",
    ],
)
def test_anything_else_is_no_birthday(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Birthdate.parse(text)


def test_the_29_of_february_needs_a_leap_year_or_none() -> None:
    assert Birthdate.parse("2000-02-29") == Birthdate(2000, 2, 29)
    assert Birthdate.parse("--02-29") == Birthdate(None, 2, 29)


def test_nobody_is_born_tomorrow() -> None:
    today = date(2026, 5, 17)

    assert Birthdate.parse("2026-05-18").is_after(today)
    assert not Birthdate.parse("2026-05-17").is_after(today)
    assert not Birthdate.parse("--05-18").is_after(today)


@pytest.mark.parametrize(
    ("other", "agrees"),
    [("1906-12-09", True), ("--12-09", True), ("1907-12-09", False), ("--12-10", False)],
)
def test_a_year_that_one_of_two_lacks_decides_nothing(other: str, agrees: bool) -> None:
    assert Birthdate.parse("1906-12-09").agrees_with(Birthdate.parse(other)) is agrees
