"""What a card must become before the address book takes it."""

from datetime import date
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.normalizer import card_from_contact, new_uid, normalize_card, stored_uid
from kith.contacts.mapper import new_contact
from tests.unit.contacts.exchange.cards import birthday, cards

TODAY: Final = date(2026, 11, 21)


def test_a_good_card_is_taken_as_it_is() -> None:
    card = Card(1, first_name="Grace", birthday=birthday("1906-12-09"), extra={"company": "Navy"})

    sent, fitted = normalize_card(card, TODAY)

    assert sent
    assert (sent.first_name, sent.birthday, sent.extra) == (
        "Grace",
        birthday("1906-12-09"),
        {"company": "Navy"},
    )
    assert fitted.remarks == ()


def test_what_is_no_address_and_no_number_is_kept_aside() -> None:
    card = Card(
        1,
        first_name="Ann",
        emails=(LabelledValue("not an address"), LabelledValue("ann@example.com")),
        phones=(LabelledValue("n/a"), LabelledValue("123", "x" * 60)),
    )

    sent, fitted = normalize_card(card, TODAY)

    assert sent
    assert [each.address for each in sent.emails or []] == ["ann@example.com"]
    assert [each.number for each in sent.phones or []] == ["123"]
    assert (sent.extra or {})["emails"] == ["not an address"]
    assert (sent.extra or {})["phones"] == ["n/a"]
    assert (sent.extra or {})["labels"] == ["x" * 60]
    assert set(fitted.remarks) == {
        "emails_kept_in_extra",
        "phones_kept_in_extra",
        "label_shortened",
    }


def test_long_names_and_notes_are_shortened_and_kept_whole_aside() -> None:
    card = Card(1, first_name="A" * 300, notes="n" * 10_500)

    sent, fitted = normalize_card(card, TODAY)

    assert sent
    assert sent.first_name == "A" * 200
    assert sent.notes == "n" * 10_000
    assert sent.extra == {"first_name_in_full": "A" * 300, "more_notes": "n" * 500}
    assert set(fitted.remarks) == {"name_shortened", "notes_shortened"}


def test_nobody_is_born_tomorrow() -> None:
    card = Card(1, first_name="Ann", birthday=birthday("2026-11-22"))

    sent, fitted = normalize_card(card, TODAY)

    assert sent
    assert (sent.birthday, sent.extra) == (None, {"birthday": "2026-11-22"})
    assert fitted.remarks == ("birthday_in_the_future",)


@pytest.mark.parametrize(
    "extra",
    [
        {"a": "\0"},
        {"a": "\ud800"},
        {"a": 1e300, "b": 2**70, "c": float("nan")},
        {"a": [[[[[[[[[[1]]]]]]]]]]},
        {str(number): number for number in range(200)},
        {"k" * 300: 1},
        {"page": "x" * 20_000, "company": "Navy"},
    ],
)
def test_any_extra_is_made_to_fit(extra: dict[str, object]) -> None:
    sent, _ = normalize_card(Card(1, first_name="Ann", extra=extra), TODAY)

    assert sent
    assert "page" not in (sent.extra or {})


def test_tags_and_lead_days_that_cannot_be_are_kept_aside() -> None:
    card = Card(1, first_name="Ann", tags=("x" * 51, "ok"), lead_days=(400,))

    sent, _ = normalize_card(card, TODAY)

    assert sent
    assert (sent.tags, sent.lead_days) == (["ok"], None)
    assert sent.extra == {"tags": ["x" * 51], "lead_days": [400]}


def test_control_characters_go() -> None:
    sent, _ = normalize_card(Card(1, first_name="A\x07nn\n", notes="a\x00\nb"), TODAY)

    assert sent
    assert (sent.first_name, sent.notes) == ("Ann", "a\nb")


def test_a_name_of_control_characters_is_none() -> None:
    sent, fitted = normalize_card(Card(1, first_name="\x07"), TODAY)

    assert sent is None
    assert fitted.failure == "no_name"


def test_uids_are_bounded() -> None:
    assert stored_uid(Card(1, uid=" a\nb ")) == "a b"
    assert len(stored_uid(Card(1, uid="x" * 1000)) or "") == 64
    assert stored_uid(Card(1)) is None


def test_a_contact_without_a_uid_always_gets_the_same() -> None:
    alice, bob = UUID(int=1), UUID(int=2)

    assert new_uid(alice, 1) == new_uid(alice, 1)
    assert len({new_uid(alice, 1), new_uid(alice, 2), new_uid(bob, 1)}) == 3


@given(cards())
@settings(max_examples=50, deadline=None)
def test_a_contact_is_its_card_again(card: Card) -> None:
    sent, _ = normalize_card(card, TODAY)
    assert sent
    contact = new_contact(sent, "UA")

    again, _ = normalize_card(card_from_contact(contact), TODAY)

    assert again
    assert new_contact(again, "UA").bulk_values() == contact.bulk_values()
