"""How birthdays are spoken of: plurals as Unicode has them, ages where they are known."""

from datetime import date

import pytest

from kith.birthdays.display_name import display_name
from kith.birthdays.translations import (
    format_date,
    headline,
    plural_form,
    translations_for,
    turns_line,
)


@pytest.mark.parametrize(
    ("locale", "numbers", "form"),
    [
        ("en", [1], "one"),
        ("en", [0, 2, 11, 21, 101], "many"),
        ("uk", [1, 21, 101, 1001], "one"),
        ("uk", [2, 3, 4, 22, 104], "few"),
        ("uk", [0, 5, 11, 12, 13, 14, 25, 111, 112], "many"),
        ("pl", [1], "one"),
        ("pl", [2, 3, 4, 22, 104], "few"),
        ("pl", [0, 5, 11, 12, 13, 14, 21, 25, 101, 112], "many"),
    ],
)
def test_numbers_take_their_form(locale: str, numbers: list[int], form: str) -> None:
    assert {plural_form(locale, number) for number in numbers} == {form}


@pytest.mark.parametrize(
    ("locale", "turns", "days", "text"),
    [
        ("en", 120, 0, "Grace turns 120 today"),
        ("en", None, 1, "Grace has a birthday tomorrow"),
        ("en", 0, 7, "Grace has a birthday in 7 days"),
        ("uk", 21, 1, "Grace: завтра виповнюється 21 рік"),
        ("uk", None, 22, "Grace: через 22 дні день народження"),
        ("pl", 22, 0, "Grace dziś kończy 22 lata"),
        ("pl", None, 14, "Grace: za 14 dni urodziny"),
        ("xx", 1, 0, "Grace turns 1 today"),
    ],
)
def test_headlines(locale: str, turns: int | None, days: int, text: str) -> None:
    assert headline(locale, "Grace", turns, days) == text


def test_days_are_written_out() -> None:
    day = date(2027, 5, 17)

    assert [format_date(each, day) for each in ("en", "uk", "pl")] == [
        "Monday, 17 May",
        "понеділок, 17 травня",
        "poniedziałek, 17 maja",
    ]


def test_without_an_age_nothing_is_said_of_it() -> None:
    assert [turns_line("en", each) for each in (None, 0, 37)] == ["", "", "turns 37"]


@pytest.mark.parametrize("locale", ["en", "uk", "pl"])
def test_every_language_says_everything(locale: str) -> None:
    words = translations_for(locale)

    assert (len(words.weekdays), len(words.months)) == (7, 12)
    assert (len(words.years), len(words.days)) == (3, 3)


def test_a_nickname_is_how_somebody_is_called() -> None:
    assert display_name("Grace", "Hopper", " Amazing\r\nGrace ") == "Amazing Grace"
    assert display_name("Grace", None, " ") == "Grace"
    assert display_name(None, "Hopper", None) == "Hopper"
    assert display_name(None, None, None) == ""
