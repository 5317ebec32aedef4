"""What a merge gave, and what is taken back of it."""

from typing import Any

from kith.contacts.merge.undo import merge_changes, revert_changes

BLANK: dict[str, Any] = {
    "first_name": "Grace",
    "last_name": None,
    "birth_year": None,
    "birth_month": None,
    "birth_day": None,
    "favourite": False,
    "muted": False,
    "deceased": False,
    "lead_days": None,
    "photo_url": None,
    "photo_public_id": None,
    "emails": [],
    "phones": [],
    "tags": [],
    "notes": None,
    "extra": {},
}


def contact(**more: Any) -> dict[str, Any]:
    return {**BLANK, **more}


def undone(before: dict[str, Any], after: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {**now, **revert_changes(now, merge_changes(before, after))}


def test_a_birthday_is_taken_back_whole_or_not_at_all() -> None:
    after = contact(birth_year=1906, birth_month=12, birth_day=9)

    assert undone(BLANK, after, after) == BLANK
    edited = {**after, "birth_day": 10}
    assert undone(BLANK, after, edited) == edited


def test_an_address_whose_label_was_changed_since_stays() -> None:
    after = contact(emails=[{"address": "a@example.com", "label": None}])
    edited = contact(emails=[{"address": "a@example.com", "label": "home"}])

    assert undone(BLANK, after, edited) == edited


def test_notes_lose_what_the_merge_added_even_when_more_was_written() -> None:
    before, after = contact(notes="Mine."), contact(notes="Mine.\n\nTheirs.")

    assert undone(before, after, contact(notes="Mine.\n\nTheirs. New."))["notes"] == "Mine. New."
    assert undone(before, after, contact(notes="All new."))["notes"] == "All new."
    assert undone(before, after, contact(notes=None))["notes"] is None


def test_a_null_that_came_with_the_merge_goes_too() -> None:
    after = contact(extra={"nickname": None})

    assert undone(BLANK, after, after) == BLANK
    assert undone(BLANK, after, BLANK) == BLANK


def test_a_value_of_extra_that_was_there_before_comes_back() -> None:
    before, after = (
        contact(extra={"merged": [1], "a": 1}),
        contact(extra={"merged": [1, 2], "a": 1}),
    )

    assert undone(before, after, contact(extra={**after["extra"], "b": 2}))["extra"] == {
        "merged": [1],
        "a": 1,
        "b": 2,
    }


def test_a_photo_goes_with_its_address() -> None:
    after = contact(photo_url="https://example.com/p", photo_public_id="p")

    assert undone(BLANK, after, after) == BLANK
