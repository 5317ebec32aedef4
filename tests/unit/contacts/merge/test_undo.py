"""What a merge gave, and what is taken back of it."""

from dataclasses import replace
from typing import Any

from kith.birthdate import Birthdate
from kith.contacts.details.entities import ContactDetails
from kith.contacts.entities import EmailEntry
from kith.contacts.merge.policy import MergeChanges, fill_missing, revert_changes
from kith.contacts.models import Contact, ContactColumns
from kith.contacts.rows import ROW_COLUMNS, ContactRow

BORN = Birthdate(1906, 12, 9)


def contact(**facts: Any) -> Contact:
    return Contact(**{"first_name": "Grace", **facts})


def row_of(stored: ContactColumns) -> ContactRow:
    return tuple.__new__(ContactRow, [getattr(stored, name) for name in ROW_COLUMNS])


def undone(before: Contact, after: Contact, now: Contact) -> Contact:
    """What is left of ``now`` when the merge goes back, by way of the database."""
    gained = MergeChanges(row_of(before), after).to_json()
    revert_changes(now, MergeChanges.from_json(gained, row_of(now)))
    return now


def test_a_birthday_is_taken_back_whole_or_not_at_all() -> None:
    unknown, merged = contact(), contact(birthdate=BORN)

    assert undone(unknown, merged, contact(birthdate=BORN)).birthdate is None
    edited = Birthdate(1906, 12, 10)
    assert undone(unknown, merged, contact(birthdate=edited)).birthdate == edited


def test_a_year_that_came_with_the_merge_goes_alone() -> None:
    before, after = contact(birthdate=Birthdate(None, 12, 9)), contact(birthdate=BORN)

    assert undone(before, after, contact(birthdate=BORN)).birthdate == Birthdate(None, 12, 9)


def test_an_address_whose_label_was_changed_since_stays() -> None:
    after = contact(emails=(EmailEntry("a@example.com"),))
    edited = (EmailEntry("a@example.com", "home"),)

    assert undone(contact(), after, contact(emails=edited)).emails == edited


def test_notes_lose_what_the_merge_added_even_when_more_was_written() -> None:
    before, after = contact(notes="Mine."), contact(notes="Mine.\n\nTheirs.")

    left = undone(before, after, contact(notes="Mine.\n\nTheirs. New."))
    assert left.notes == "Mine. New."
    assert undone(before, after, contact(notes="All new.")).notes == "All new."
    assert undone(before, after, contact(notes=None)).notes is None


def test_a_null_that_came_with_the_merge_goes_too() -> None:
    after = contact(extra={"nickname": None})

    assert undone(contact(), after, contact(extra={"nickname": None})).extra == {}
    assert undone(contact(), after, contact()).extra == {}


def test_a_value_of_extra_that_was_there_before_comes_back() -> None:
    before = contact(extra={"merged": [1], "a": 1})
    after = contact(extra={"merged": [1, 2], "a": 1})

    left = undone(before, after, contact(extra={"merged": [1, 2], "a": 1, "b": 2}))

    assert left.extra == {"merged": [1], "a": 1, "b": 2}


def test_details_go_back_one_by_one() -> None:
    ours = ContactDetails(nickname="Amazing Grace", gift_ideas=("Tea",))
    merged = replace(ours, organization="Navy", gift_ideas=("Tea", "Wire", "Clock"))
    now = replace(merged, job_title="Admiral", gift_ideas=("Tea", "Clock", "Rum"))

    left = undone(contact(details=ours), contact(details=merged), contact(details=now))

    assert left.details == replace(ours, job_title="Admiral", gift_ideas=("Tea", "Rum"))


def test_a_detail_that_was_changed_since_stays() -> None:
    merged, now = ContactDetails(organization="Navy"), ContactDetails(organization="US Navy")

    assert undone(contact(), contact(details=merged), contact(details=now)).details == now


def test_a_photo_comes_from_the_loser_and_goes_with_its_address() -> None:
    photo = {"photo_url": "https://example.com/p", "photo_public_id": "p"}
    winner = contact()

    fill_missing(winner, [contact(), contact(**photo)], merged=set())

    assert (winner.photo_url, winner.photo_public_id) == ("https://example.com/p", "p")
    left = undone(contact(), contact(**photo), winner)
    assert (left.photo_url, left.photo_public_id) == (None, None)
