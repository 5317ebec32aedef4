"""Birthdays in words, in English, Ukrainian and Polish: pure.

Numbers take the plural forms of the Unicode CLDR (one, few, many).
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

PluralForm = Literal["one", "few", "many"]


class Translations(NamedTuple):
    """One language, as ``translations.toml`` has it."""

    calendar: str
    years: list[str]
    days: list[str]
    today: str
    tomorrow: str
    in_days: str
    turns: str
    birthday: str
    turns_then: str
    birthday_then: str
    turns_only: str
    and_more: str
    born_on_29_february: str
    day: str
    weekdays: list[str]
    months: list[str]


_FILE: Final = Path(__file__).with_name("translations.toml")
_FORMS: Final[tuple[PluralForm, ...]] = ("one", "few", "many")


def translations_for(locale: str) -> Translations:
    return _languages().get(locale) or _languages()["en"]


@cache
def _languages() -> dict[str, Translations]:
    languages = tomllib.loads(_FILE.read_text("utf-8"))
    return {locale: Translations(**words) for locale, words in languages.items()}


def plural_form(locale: str, number: int) -> PluralForm:
    """Which form a whole number takes."""
    if locale == "uk" and number % 10 == 1 and number % 100 != 11:
        return "one"
    if number == 1:
        return "one"
    if locale == "en" or number % 10 not in {2, 3, 4} or number % 100 in {12, 13, 14}:
        return "many"
    return "few"


def counted_phrase(locale: str, number: int, forms: list[str]) -> str:
    """A number with its noun: ``21 рік``, ``22 роки``, ``25 років``."""
    return f"{number} {forms[_FORMS.index(plural_form(locale, number))]}"


def announcement(locale: str, name: str, turns: int | None) -> str:
    """A calendar's entry; without an age in the year of the birth."""
    words = translations_for(locale)
    if not turns:
        return words.birthday.format(name=name)
    return words.turns.format(
        name=name, age=turns, years=counted_phrase(locale, turns, words.years)
    )


def headline(locale: str, name: str, turns: int | None, days: int) -> str:
    """A letter's subject about one person."""
    words = translations_for(locale)
    then = days_away(locale, days)
    if not turns:
        return words.birthday_then.format(name=name, then=then)
    years = counted_phrase(locale, turns, words.years)
    return words.turns_then.format(name=name, age=turns, years=years, then=then)


def turns_line(locale: str, turns: int | None) -> str:
    """The line below a name; empty without an age."""
    words = translations_for(locale)
    if not turns:
        return ""
    return words.turns_only.format(age=turns, years=counted_phrase(locale, turns, words.years))


def days_away(locale: str, days: int) -> str:
    """Today, tomorrow, in so many days."""
    words = translations_for(locale)
    if days < 2:
        return (words.today, words.tomorrow)[days]
    return words.in_days.format(days=counted_phrase(locale, days, words.days))


def format_date(locale: str, day: date) -> str:
    """A day with its weekday: ``Monday, 17 May``."""
    words = translations_for(locale)
    weekday, month = words.weekdays[day.weekday()], words.months[day.month - 1]
    return words.day.format(weekday=weekday, day=day.day, month=month)


def join_names(locale: str, names: list[str], at_most: int = 3) -> str:
    """Some names, and how many more there are."""
    shown = ", ".join(names[:at_most])
    more = len(names) - at_most
    return shown if more <= 0 else f"{shown} {translations_for(locale).and_more.format(count=more)}"
