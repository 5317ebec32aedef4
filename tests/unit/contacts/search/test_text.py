import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.entities import EmailEntry, PhoneEntry
from kith.contacts.search.text import (
    SearchSections,
    emails_text,
    more_text,
    name_text,
    patterns_anywhere,
    patterns_in_field,
    phones_text,
    split_long_text,
)

WORDS = st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)


def like(pattern: str, text: str) -> bool:
    """PostgreSQL's LIKE."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    steps = [".*" if part == "%" else "." if part == "_" else re.escape(part[-1]) for part in parts]
    return re.fullmatch("".join(steps), text, re.DOTALL) is not None


def finds(words: str, text: str) -> bool:
    return all(any(like(each, text) for each in group) for group in patterns_anywhere(words))


DETAILS = ContactDetails(
    nickname="Кобзар",
    organization="Братство",
    job_title="Маляр",
    addresses=(AddressEntry("хата", city="Моринці"),),
    urls=(UrlEntry("https://izbornyk.org.ua"),),
    messengers=(MessengerEntry("Signal", "taras"),),
    relations=(RelationEntry("sister", "Ярина"),),
    how_we_met="на Аральському морі",
    gift_ideas=("олівці",),
)
SECTIONS = SearchSections(
    name_text("Іван"),
    name_text("Шевченко"),
    emails_text([EmailEntry("ivan@xn--80a1acn3a.xn--j1amh")]),
    phones_text([PhoneEntry(1, "+380 67 123 45 67", "+380671234567")]),
    more_text(DETAILS, ["Львів"], "50% off", {"a": [{"b": "Kyivstar"}, 7, True, None]}),
)


def test_a_long_text_leaves_only_a_mark_in_the_index() -> None:
    assert split_long_text("ї" * 1000) == ("ї" * 1000, None)
    assert split_long_text("ї" * 1001) == ("\x05", "ї" * 1001)


@pytest.mark.parametrize(
    "words",
    [
        "іван",
        "ivan",
        "шевч ІВАН",
        "пошта.укр",
        "67 123-45",
        "lviv",
        "50%",
        "kyivstar",
        "7 true",
        "кобзар маляр",
        "bratstvo",
        "morynts",
        "izbornyk",
        "signal taras",
        "яри",
        "аральс",
        "олівц",
    ],
)
def test_every_word_must_be_found_somewhere(words: str) -> None:
    assert finds(words, SECTIONS.joined())


@pytest.mark.parametrize("words", ["хата", "іван нема", "5_%", "a%b", "\\"])
def test_what_is_nowhere_is_not_found(words: str) -> None:
    assert not finds(words, SECTIONS.joined())


@pytest.mark.parametrize(
    ("section", "text", "found"),
    [
        ("first_name", "ван", True),
        ("first_name", "шевч", False),
        ("last_name", "shev", True),
        ("last_name", "іван", False),
        ("emails", "ivan@", True),
        ("emails", "380", False),
        ("phones", "(067) 123", True),
        ("phones", "львів", False),
        ("phones", "67123456789", False),
    ],
)
def test_a_field_is_searched_by_itself(section: str, text: str, found: bool) -> None:
    patterns = patterns_in_field(section, text)

    assert any(like(each, SECTIONS.joined()) for each in patterns) is found


@given(WORDS, WORDS)
def test_every_part_of_a_name_finds_it(before: str, part: str) -> None:
    text = SearchSections(name_text(f"{before} {part}"), "", "", "", "").joined()

    assert finds(part, text)
    assert any(like(each, text) for each in patterns_in_field("first_name", part))


def text_of(first: str, last: str, *numbers: str) -> str:
    phones = phones_text(
        PhoneEntry(place, number, number) for place, number in enumerate(numbers, start=1)
    )
    return SearchSections(name_text(first), name_text(last), "", phones, "").joined()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("王小明", True),
        ("小明王", True),
        ("王小", True),
        ("王 小明", True),
        ("王明", False),
        ("小王明", False),
    ],
)
def test_a_name_in_one_piece_is_found_in_either_order(words: str, found: bool) -> None:
    assert finds(words, text_of("小明", "王")) is found


@pytest.mark.parametrize(("first", "last"), [("민준", "김"), ("さくら", "田中"), ("金", "城武")])
def test_names_without_blanks_are_joined_in_every_script(first: str, last: str) -> None:
    text = text_of(first, last)

    assert finds(last + first, text)
    assert finds(first + last, text)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("0049 30 123", True),
        ("00 49 30", True),
        ("01149", True),
        ("011 49 30 123", True),
        ("00380", True),
        ("0030", False),
        ("01130", False),
        ("00", False),
    ],
)
def test_a_dialled_prefix_is_a_plus(words: str, found: bool) -> None:
    assert finds(words, text_of("Ada", "", "+493012345", "+380671234567")) is found


def test_the_filter_by_phone_knows_the_prefix_too() -> None:
    text = text_of("Ada", "", "+493012345", "+380671234567")

    for number, found in (("0049 30", True), ("011-380 67", True), ("0030 12", False)):
        assert any(like(each, text) for each in patterns_in_field("phones", number)) is found


def test_a_word_that_is_repeated_is_looked_for_once() -> None:
    assert len(patterns_anywhere("ada ada  ada lovelace")) == 2
