"""What is too much of one card is skipped and reported; the card and the file are read on."""

import encodings
import json
from datetime import date
from pathlib import Path

import pytest

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.card_builder import MAX_KEYS, MAX_NESTING, MAX_VALUES
from kith.contacts.exchange.csv.records import MAX_COLUMNS
from kith.contacts.exchange.encodings import known_encoding
from kith.contacts.exchange.formats import read_cards
from kith.contacts.exchange.normalizer import normalize_card
from kith.contacts.exchange.vcard.content_lines import MAX_PARAMETERS
from kith.contacts.exchange.vcard.reader import MAX_PROPERTIES

NEXT = "BEGIN:VCARD\nN:Next\nEND:VCARD\n"


def card_with(*lines: str) -> Card:
    """What is read of a card with these lines; the card behind it is always read as well."""
    text = "\n".join(["BEGIN:VCARD", "N:Doe;Jane", *lines, "END:VCARD", NEXT])
    card, following = read_cards(text.encode(), "text/vcard", most=10)
    assert (card.last_name, following.last_name) == ("Doe", "Next")
    return card


def kept_together(count: int) -> list[str]:
    return [f"value {number}" for number in range(count)]


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        (["CATEGORIES:" + ",".join(kept_together(75_000))], "values_skipped"),
        ([f"CATEGORIES:{each}" for each in kept_together(MAX_VALUES + 1)], "values_skipped"),
        ([f"EMAIL:{each}" for each in kept_together(MAX_VALUES + 1)], "values_skipped"),
        ([f"NOTE:{each}" for each in kept_together(MAX_VALUES + 1)], "values_skipped"),
        ([f"X-OTHER:{each}" for each in kept_together(MAX_VALUES + 1)], "values_skipped"),
        (["TEL" + ";X=1" * (MAX_PARAMETERS + 1) + ":12345"], "parameters_skipped"),
        (["X:1"] * (MAX_PROPERTIES + 1), "properties_skipped"),
        (['X-KITH:{"extra":{"a":' + "[" * MAX_NESTING + "1" + "]" * MAX_NESTING + "}}"], None),
        (['X-KITH:{"extra":{"a":' + "[" * 100 + "1" + "]" * 100 + "}}"], "nesting_cut"),
    ],
)
def test_a_card_says_that_something_was_skipped(lines: list[str], remark: str | None) -> None:
    assert card_with(*lines).remarks == ((remark,) if remark else ())


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        ([f"CATEGORIES:{','.join(kept_together(MAX_VALUES))}"], ()),
        (["TEL" + ";X=1" * MAX_PARAMETERS + ":12345"], ()),
        (["X:1"] * (MAX_PROPERTIES - 1), ()),
    ],
)
def test_as_much_as_there_may_be_is_read(lines: list[str], remark: tuple[str, ...]) -> None:
    assert card_with(*lines).remarks == remark


def test_the_bounds_are_documented() -> None:
    bounds = (
        f"{MAX_PROPERTIES:,} properties, {MAX_PARAMETERS} parameters of a property, {MAX_VALUES} "
        f"values of one kind (e-mails, phones, tags, notes, values of one key), {MAX_KEYS} keys "
        f"for `extra` and {MAX_NESTING} levels of lists and objects in it; of a row of CSV "
        f"{MAX_COLUMNS:,} columns"
    ).replace(",000", " 000")

    assert bounds in Path("docs/api.md").read_text("utf-8")


def test_a_row_has_a_bounded_number_of_columns() -> None:
    header = ",".join(["Name", *(f"column {number}" for number in range(MAX_COLUMNS))])
    body = f"{header}\nAnn{',x' * MAX_COLUMNS}\nBob,y\n".encode()

    ann, bob = read_cards(body, "text/csv", most=10)

    assert (ann.first_name, "columns_skipped" in ann.remarks) == ("Ann", True)
    assert (bob.first_name, bob.remarks) == ("Bob", ())


def test_the_keys_that_no_field_takes_are_bounded() -> None:
    item = {"first_name": "Ann", **{f"key {number}": 1 for number in range(MAX_KEYS + 1)}}

    ann, bob = read_cards(
        json.dumps([item, {"first_name": "Bob"}]).encode(), "application/json", most=10
    )

    assert (len(ann.extra), ann.remarks) == (MAX_KEYS, ("kept_in_extra", "values_skipped"))
    assert bob.first_name == "Bob"


def test_what_is_largest_in_extra_goes_until_the_rest_fits() -> None:
    extra = {"page": "x" * 20_000, "company": "Navy", **{str(n): n for n in range(150)}}

    contact, card = normalize_card(Card(1, first_name="Ann", extra=extra), date(2026, 11, 21))

    assert contact
    assert "page" not in (contact.extra or {})
    assert len(contact.extra or {}) == 100
    assert card.remarks == ("extra_shortened",)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"extra":' * 100_000, "1" * 5_000, "NaN", "1e400"]
)
def test_json_of_ours_that_cannot_be_is_kept_as_a_line(text: str) -> None:
    assert card_with(f"X-KITH:{text}").extra == {"vcard": [f"X-KITH:{text}"]}


@pytest.mark.parametrize("cell", ["[" * 100_000, "1" * 5_000, "NaN", "1e400"])
def test_json_of_ours_that_cannot_be_is_kept_as_a_cell(cell: str) -> None:
    (ann,) = read_cards(f"Name,Kith\nAnn,{cell}\n".encode(), "text/csv", most=10)

    assert ann.extra == {"kith": cell}


@pytest.mark.parametrize("name", ["punycode", "IDNA", "unicode-escape", "raw_unicode_escape"])
def test_codecs_that_no_file_is_written_in_are_no_encodings(name: str) -> None:
    assert known_encoding(name) is None


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("windows-1251", "cp1251"),
        ("ISO-8859-1", "iso8859-1"),
        ("koi8-u", "koi8-u"),
        ("Shift_JIS", "shift_jis"),
        ("gb2312", "gb2312"),
    ],
)
def test_encodings_of_files_are_known_by_their_usual_names(name: str, python: str) -> None:
    assert known_encoding(name) == python


def test_python_does_not_remember_what_strangers_call_an_encoding() -> None:
    card_with(*(f"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=none-{n}:=41" for n in range(50)))

    assert not [name for name in vars(encodings)["_cache"] if name.startswith("none")]
