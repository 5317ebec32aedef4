"""Several contacts of one person made one, and what is taken back of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.contacts.details.entities import ContactDetails, RelationEntry
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.normalizer import card_from_contact, normalize_card
from kith.contacts.exchange.updater import update_card
from kith.contacts.mapper import apply_update, new_contact
from kith.contacts.merge.policy import MergeChanges, merge_cards, revert_changes
from kith.contacts.models import Contact
from kith.contacts.search.folding import tag_key
from tests.unit.contacts.exchange.cards import birthday, cards, kept
from tests.unit.contacts.exchange.test_normalizer import TODAY
from tests.unit.contacts.merge.test_undo import row_of


@pytest.mark.parametrize(
    ("ours", "theirs", "kept", "aside"),
    [
        (None, "1990-05-17", "1990-05-17", None),
        ("1990-05-17", None, "1990-05-17", None),
        ("--05-17", "1990-05-17", "1990-05-17", None),
        ("1990-05-17", "--05-17", "1990-05-17", None),
        ("1990-05-17", "1990-05-18", "1990-05-17", "1990-05-18"),
        ("--05-17", "--05-18", "--05-17", "--05-18"),
        ("1990-05-17", "1991-05-17", "1990-05-17", "1991-05-17"),
    ],
)
def test_the_birthday_that_says_more_counts(
    ours: str | None, theirs: str | None, kept: str | None, aside: str | None
) -> None:
    winner = Card(1, "a", "A", birthday=birthday(ours) if ours else None)
    loser = Card(1, "b", "A", birthday=birthday(theirs) if theirs else None)

    one = merge_cards(winner, [loser])

    assert one.birthday == (birthday(kept) if kept else None)
    assert one.extra.get("merged") == ([{"birthday": aside}] if aside else None)


def test_a_part_of_the_name_that_is_missing_is_taken() -> None:
    one = merge_cards(
        Card(1, first_name="Grace"), [Card(1, first_name="Grace", last_name="Hopper")]
    )

    assert (one.first_name, one.last_name, one.extra) == ("Grace", "Hopper", {})


def test_details_that_are_missing_are_taken_and_others_are_kept_aside() -> None:
    ours = ContactDetails(organization="Navy", relations=(RelationEntry("friend", "Ada"),))
    theirs = ContactDetails(
        organization="Univac",
        job_title="Admiral",
        relations=(RelationEntry("spouse", "Vincent"), RelationEntry("friend", "Ada")),
    )

    one = merge_cards(
        Card(1, first_name="Grace", details=ours), [Card(1, first_name="Grace", details=theirs)]
    )

    assert one.details == ContactDetails(
        organization="Navy",
        job_title="Admiral",
        relations=(RelationEntry("friend", "Ada"), RelationEntry("spouse", "Vincent")),
    )
    assert one.extra["merged"] == [{"organization": "Univac"}]


def test_merging_twice_keeps_what_was_kept_before() -> None:
    first = merge_cards(Card(1, first_name="A"), [Card(1, first_name="B")])

    second = merge_cards(Card(1, first_name="C"), [first])

    assert second.extra["merged"] == [{"name": "B"}, {"name": "A"}]


def test_news_of_a_file_count_and_what_it_leaves_out_is_no_news() -> None:
    known = Card(
        1,
        first_name="Grace",
        last_name="Hopper",
        emails=(LabelledValue("g@example.com", "home"),),
        notes="old",
        birthday=birthday("1906-12-09"),
        extra={"company": "Navy", "rank": "Captain"},
    )
    news = Card(
        1,
        first_name="Amazing Grace",
        emails=(LabelledValue("g@example.com"), LabelledValue("h@example.com")),
        deceased=True,
        extra={"rank": "Admiral"},
    )

    one = update_card(known, known, news).card

    assert (one.first_name, one.last_name) == ("Amazing Grace", "")
    assert one.emails == (LabelledValue("g@example.com", "home"), LabelledValue("h@example.com"))
    assert (one.notes, one.birthday, one.deceased) == ("old", known.birthday, True)
    assert one.extra == {"company": "Navy", "rank": "Admiral"}


def stored(card: Card) -> Contact:
    payload, _ = normalize_card(card, TODAY)
    assert payload
    return new_contact(payload, "UA")


@given(cards(), st.lists(cards(), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_an_undo_at_once_gives_back_what_was_there(card: Card, others: list[Card]) -> None:
    contact, losers = stored(card), [stored(each) for each in others]
    before = row_of(contact)
    merged = merge_cards(card_from_contact(contact), [card_from_contact(loser) for loser in losers])
    payload, _ = normalize_card(merged, TODAY)
    assert payload
    apply_update(contact, payload, "UA")
    gained = MergeChanges(before, contact).to_json()

    revert_changes(contact, MergeChanges.from_json(gained, row_of(contact)))

    assert card_from_contact(contact) == card_from_contact(before)


@given(cards(), cards())
@settings(max_examples=50, deadline=None)
def test_a_merge_loses_nothing(winner: Card, loser: Card) -> None:
    one = merge_cards(winner, [loser])

    assert {each.value for each in loser.emails} <= {each.value for each in one.emails}
    assert {each.value for each in loser.phones} <= {each.value for each in one.phones}
    assert set(map(tag_key, loser.tags)) <= set(map(tag_key, one.tags))
    assert loser.notes in one.notes
    (aside,) = [
        each.get("extra", {}) for each in (kept(one, "merged") if "merged" in one.extra else [{}])
    ]
    for key, value in loser.extra.items():
        assert value in (one.extra.get(key), aside.get(key))
