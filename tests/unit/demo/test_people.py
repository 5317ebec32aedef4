"""The demo's address book is one that people would believe."""

import unicodedata
from datetime import date

import pytest

from infra.demo.people import demo_contacts
from kith.contacts.schemas import ContactCreate

TODAY = date(2026, 11, 24)


def test_there_are_sixty_contacts_that_the_api_takes() -> None:
    contacts = [ContactCreate.model_validate(contact) for contact in demo_contacts(TODAY)]

    assert len(contacts) == 60
    assert len({(contact.first_name, contact.last_name) for contact in contacts}) == 60


def test_they_are_written_in_at_least_four_scripts() -> None:
    scripts = {
        unicodedata.name(person["first_name"][0]).split()[0] for person in demo_contacts(TODAY)
    }

    assert scripts >= {"LATIN", "CYRILLIC", "GREEK", "CJK", "HANGUL"}


def test_somebody_has_a_birthday_today_and_somebody_on_29_february() -> None:
    birthdays = [person.get("birthday", "") for person in demo_contacts(TODAY)]

    assert any(birthday.endswith("-11-24") for birthday in birthdays)
    assert any(birthday.endswith("-02-29") for birthday in birthdays)


@pytest.mark.parametrize("today", [date(2028, 2, 29), date(2027, 12, 31), date(2028, 2, 28)])
def test_birthdays_around_today_are_dates_on_every_day(today: date) -> None:
    for contact in demo_contacts(today):
        ContactCreate.model_validate(contact)
