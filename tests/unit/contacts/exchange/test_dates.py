"""Days as files write them."""

import pytest

from kith.contacts.exchange.dates import (
    DayOrder,
    FileOrigin,
    ParsedDay,
    day_order,
    is_empty_date,
    parse_day,
)
from tests.unit.contacts.exchange.cards import birthday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-03-22", "1980-03-22"),
        ("19800322", "1980-03-22"),
        ("1980-3-2", "1980-03-02"),
        ("1980-03-22T00:00:00Z", "1980-03-22"),
        ("19800322T000000Z", "1980-03-22"),
        ("1980-03-22 12:00", "1980-03-22"),
        ("--0214", "--02-14"),
        ("--02-14", "--02-14"),
        (" --02-14", "--02-14"),
        ("--0229", "--02-29"),
        ("2000-02-29", "2000-02-29"),
        ("3/22/1980", "1980-03-22"),
        ("3/2/1980", "1980-03-02"),
        ("22.03.1980", "1980-03-22"),
        ("1980/03/22", "1980-03-22"),
        ("22. 3.1980", "1980-03-22"),
        ("1899-12-31", "1899-12-31"),
        ("1900-01-01", "1900-01-01"),
        ("1970-01-01", "1970-01-01"),
    ],
)
def test_a_day_is_read_out_of_many_notations(text: str, day: str) -> None:
    parsed = parse_day(text)

    assert parsed
    assert (parsed.birthdate, parsed.year_dropped) == (birthday(day), False)


@pytest.mark.parametrize(
    "text",
    [
        *("", "---", "---14", "--02", "1980", "1980-03", "--0230", "2001-02-29", "19801322"),
        *(
            "3/22/80",
            "circa 1800",
            "14 February 1980",
            "１９８０-03-22",
            "0",
            "1/1/1/1",
            "99999999",
        ),
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize("text", ["1604-12-10", "16041210", "0001-12-10", "0000-12-10"])
def test_a_year_that_stands_for_none_is_dropped(text: str) -> None:
    assert parse_day(text) == ParsedDay(birthday("--12-10"), year_dropped=True)


def test_a_year_that_the_file_marks_is_dropped() -> None:
    assert parse_day("1900-12-10", made_up=1900) == ParsedDay(
        birthday("--12-10"), year_dropped=True
    )


def test_the_29th_of_february_keeps_its_day_when_its_year_goes() -> None:
    assert parse_day("1604-02-29") == ParsedDay(birthday("--02-29"), year_dropped=True)


def test_outlooks_zeros_mean_nothing() -> None:
    assert is_empty_date("0/0/00")
    assert is_empty_date("")
    assert not is_empty_date("1/0/00")


@pytest.mark.parametrize(
    ("origin", "texts", "order"),
    [
        (FileOrigin("GB"), [], DayOrder(day_first=True, is_guess=True)),
        (FileOrigin("US"), [], DayOrder(day_first=False, is_guess=True)),
        (FileOrigin(), ["01/02/1990"], DayOrder(day_first=False, is_guess=True)),
        (FileOrigin("US"), ["01/02/1990", "31/12/1990"], DayOrder(day_first=True, is_guess=False)),
        (FileOrigin("GB"), ["01/02/1990", "12/31/1990"], DayOrder(day_first=False, is_guess=False)),
        (FileOrigin("GB"), ["31/12/1990", "12/31/1990"], DayOrder(day_first=True, is_guess=True)),
        (
            FileOrigin("GB", day_first=False),
            ["31/12/1990"],
            DayOrder(day_first=False, is_guess=False),
        ),
        (FileOrigin("US", day_first=True), [], DayOrder(day_first=True, is_guess=False)),
    ],
)
def test_the_owner_the_dates_or_the_region_say_which_comes_first(
    origin: FileOrigin, texts: list[str], order: DayOrder
) -> None:
    assert day_order(origin, texts) == order


@pytest.mark.parametrize(
    ("text", "day", "is_guess"),
    [
        ("5/6/1990", "1990-06-05", True),
        ("5-6-1990", "1990-06-05", True),
        ("5.6.1990", "1990-06-05", False),  # nobody writes a month before a point
        ("6/6/1990", "1990-06-06", False),
        ("25/6/1990", "1990-06-25", False),
        ("6/25/1990", "1990-06-25", False),
        ("1990/5/6", "1990-05-06", False),
        ("29/2/1604", "--02-29", False),
    ],
)
def test_only_what_could_be_two_days_is_a_guess(text: str, day: str, is_guess: bool) -> None:
    parsed = parse_day(text, order=DayOrder(day_first=True, is_guess=True))

    assert parsed
    assert (parsed.text, parsed.is_guess) == (day, is_guess)


def test_what_the_owner_says_is_no_guess() -> None:
    order = DayOrder(day_first=True, is_guess=False)

    assert parse_day("5/6/1990", order=order) == ParsedDay(birthday("1990-06-05"))
    assert parse_day("6/25/1990", order=order) is None
