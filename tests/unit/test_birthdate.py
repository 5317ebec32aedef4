from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.birthdate import Birthdate, format_birthdate, is_after, parse_birthdate


@given(st.dates(), st.booleans())
def test_a_birthday_is_read_as_it_was_written(day: date, year_known: bool) -> None:
    born = Birthdate(day.year if year_known else None, day.month, day.day)

    assert parse_birthdate(format_birthdate(*born)) == born


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
        parse_birthdate(text)


def test_the_29_of_february_needs_a_leap_year_or_none() -> None:
    assert parse_birthdate("2000-02-29") == (2000, 2, 29)
    assert parse_birthdate("--02-29") == (None, 2, 29)


def test_nobody_is_born_tomorrow() -> None:
    today = date(2026, 5, 17)

    assert is_after(parse_birthdate("2026-05-18"), today)
    assert not is_after(parse_birthdate("2026-05-17"), today)
    assert not is_after(parse_birthdate("--05-18"), today)
