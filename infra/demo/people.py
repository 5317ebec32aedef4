"""The people of the demo, with birthdays around today, as the API takes them."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NotRequired, TypedDict

_FILE = Path(__file__).with_name("people.toml")


class DemoContact(TypedDict):
    """The body of ``POST /api/contacts``."""

    first_name: str
    last_name: NotRequired[str]
    birthday: NotRequired[str]
    phones: NotRequired[list[dict[str, str]]]
    emails: NotRequired[list[dict[str, str]]]
    tags: NotRequired[list[str]]
    notes: NotRequired[str]
    favourite: NotRequired[bool]
    muted: NotRequired[bool]
    deceased: NotRequired[bool]


def demo_contacts(today: date) -> Iterator[DemoContact]:
    """Sixty contacts in five scripts; some birthdays count from ``today``."""
    with _FILE.open("rb") as file:
        people = tomllib.load(file)["people"]
    for person in people:
        yield _contact(person, today)


def _contact(person: dict[str, object], today: date) -> DemoContact:
    plain = {"first_name", "last_name", "tags", "notes", "favourite", "muted", "deceased"}
    contact = {name: value for name, value in person.items() if name in plain}
    birthday = _birthday(person, today)
    if birthday:
        contact["birthday"] = birthday
    for name, key in (("phones", "number"), ("emails", "address")):
        values = person.get(name)
        if isinstance(values, list):
            contact[name] = [{key: value} for value in values]
    return contact  # type: ignore[return-value] # people.toml holds what the type says


def _birthday(person: dict[str, object], today: date) -> str | None:
    """A fixed date, or one so many days from today; 29 February moves to the day before."""
    days = person.get("days")
    if not isinstance(days, int):
        born = person.get("born")
        return str(born) if born else None
    day = today + timedelta(days=days)
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    year = person.get("year")
    return f"{year:04}-{day:%m-%d}" if isinstance(year, int) else f"--{day:%m-%d}"
