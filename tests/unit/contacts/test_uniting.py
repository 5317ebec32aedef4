"""Several contacts of one person made one, and what is taken back of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.contacts import drafting
from kith.contacts.exchange.card import Card, Labelled
from kith.contacts.fitting import card_of, fit
from kith.contacts.gains import gains, without
from kith.contacts.joining import joined
from kith.contacts.uniting import united
from tests.unit.contacts.exchange.cards import cards
from tests.unit.contacts.test_fitting import TODAY

PHOTO = {"photo_url": None, "photo_public_id": None}


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
    one = united(Card(1, "a", "A", birthday=ours), [Card(1, "b", "A", birthday=theirs)])

    assert one.birthday == kept
    assert one.extra.get("merged") == ([{"birthday": aside}] if aside else None)


def test_a_part_of_the_name_that_is_missing_is_taken() -> None:
    one = united(Card(1, first_name="Grace"), [Card(1, first_name="Grace", last_name="Hopper")])

    assert (one.first_name, one.last_name, one.extra) == ("Grace", "Hopper", {})


def test_merging_twice_keeps_what_was_kept_before() -> None:
    first = united(Card(1, first_name="A"), [Card(1, first_name="B")])

    second = united(Card(1, first_name="C"), [first])

    assert second.extra["merged"] == [{"name": "B"}, {"name": "A"}]


def test_news_of_a_file_count_and_what_it_leaves_out_is_no_news() -> None:
    known = Card(
        1,
        first_name="Grace",
        last_name="Hopper",
        emails=[Labelled("g@example.com", "home")],
        notes="old",
        birthday="1906-12-09",
        extra={"company": "Navy", "rank": "Captain"},
    )
    news = Card(
        1,
        first_name="Amazing Grace",
        emails=[Labelled("g@example.com"), Labelled("h@example.com")],
        deceased=True,
        extra={"rank": "Admiral"},
    )

    one = joined(known, news)

    assert (one.first_name, one.last_name) == ("Amazing Grace", "")
    assert one.emails == [Labelled("g@example.com", "home"), Labelled("h@example.com")]
    assert (one.notes, one.birthday, one.deceased) == ("old", "1906-12-09", True)
    assert one.extra == {"company": "Navy", "rank": "Admiral"}


def stored(card: Card) -> dict[str, Any]:
    sent = fit(card, TODAY)
    assert sent
    return drafting.whole(sent, "UA") | PHOTO


@given(cards(), st.lists(cards(), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_an_undo_at_once_gives_back_what_was_there(winner: Card, losers: list[Card]) -> None:
    before = stored(winner)
    together = united(card_of(before), [card_of(stored(each)) for each in losers])
    sent = fit(together, TODAY)
    assert sent
    after = {**before, **drafting.whole(sent, "UA", before)}

    undone = {**after, **without(after, gains(before, after))}

    assert card_of(undone) == card_of(before)


@given(cards(), cards())
@settings(max_examples=50, deadline=None)
def test_a_merge_loses_nothing(winner: Card, loser: Card) -> None:
    one = united(winner, [loser])

    assert {each.value for each in loser.emails} <= {each.value for each in one.emails}
    assert {each.value for each in loser.phones} <= {each.value for each in one.phones}
    assert set(loser.tags) <= set(one.tags)
    assert loser.notes in one.notes
    (aside,) = [each.get("extra", {}) for each in one.extra.get("merged", [{}])]
    for key, value in loser.extra.items():
        assert value in (one.extra.get(key), aside.get(key))
