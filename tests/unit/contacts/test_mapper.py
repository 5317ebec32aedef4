from typing import Any

import pytest

from kith.contacts.mapper import Draft, ExtraTooLarge, NameMissing, draft_contact, draft_patch
from kith.contacts.schemas import ContactCreate, ContactUpdate
from kith.contacts.search.text import split_sections

SEARCHED = ("search", "search_long")


def stored(**sent: Any) -> Draft:
    return draft_contact(ContactCreate(**sent), "UA")


def patch(before: Draft, **sent: Any) -> Draft:
    return draft_patch(ContactUpdate(**sent), "UA", before)


def test_a_draft_holds_every_column_that_a_contact_is_made_of() -> None:
    draft = stored(first_name="Іван", birthday="--02-29", email="a@example.com")

    assert (draft["birth_year"], draft["birth_month"], draft["birth_day"]) == (None, 2, 29)
    assert draft["emails"] == [{"address": "a@example.com", "label": None}]
    assert split_sections(draft).first_name == "іван\nivan"


def test_equal_addresses_are_one() -> None:
    emails = [{"address": "a@example.com", "label": "x"}, {"address": "a@EXAMPLE.com"}]

    assert stored(first_name="A", emails=emails)["emails"] == [
        {"address": "a@example.com", "label": "x"}
    ]


def test_a_patch_names_only_the_columns_that_change() -> None:
    before = stored(first_name="Grace", notes="kept", phone="111", tags=["a"])

    assert patch(before, favourite=True).keys() == {"favourite", *SEARCHED}
    assert patch(before, last_name="Hopper").keys() == {"last_name", "sort_name", *SEARCHED}
    assert patch(before, birthday=None).keys() == {
        "birth_year",
        "birth_month",
        "birth_day",
        *SEARCHED,
    }


def test_a_patch_and_a_whole_make_the_same_contact() -> None:
    before = stored(first_name="Grace", phone="111", extra={"a": 1}, notes="n")
    wish: dict[str, Any] = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": "067 123 45 67",
        "emails": [{"address": "ada@example.com"}],
        "tags": ["x"],
        "notes": None,
        "birthday": "1815-12-10",
    }

    patched = before | patch(before, **wish, extra=None)

    fresh = stored(**wish)
    differing = {name for name in fresh if patched[name] != fresh[name]}
    assert differing == {"phones", "phones_made"}


def test_a_name_must_be_left() -> None:
    with pytest.raises(NameMissing):
        patch(stored(first_name="Grace"), first_name=None)


def test_extra_does_not_outgrow_its_bounds_bit_by_bit() -> None:
    before = stored(first_name="Grace", extra={"a": "x" * 9_000})

    with pytest.raises(ExtraTooLarge):
        patch(before, extra={"b": "x" * 9_000})
