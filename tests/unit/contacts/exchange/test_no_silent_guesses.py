"""What an import had to guess, could not read or has no room for is kept or told."""

import base64
import json
from datetime import date

import pytest

from kith.contacts.exchange.card import MAX_PHOTO_BYTES, Card, LabelledValue
from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.formats import read_cards
from kith.contacts.exchange.normalizer import normalize_card
from kith.errors import Unreadable
from tests.unit.contacts.exchange.cards import birthday

BRITISH = FileOrigin("GB")


def read(body: bytes | str, kind: str, origin: FileOrigin = BRITISH) -> list[Card]:
    return list(read_cards(body.encode() if isinstance(body, str) else body, kind, origin, most=10))


def card_with(*lines: str | bytes, origin: FileOrigin = BRITISH) -> Card:
    encoded = [line.encode() if isinstance(line, str) else line for line in lines]
    body = b"\r\n".join([b"BEGIN:VCARD", b"N:Doe;Jane;;;", *encoded, b"END:VCARD"])
    (card,) = read(body, "text/vcard", origin)
    return card


def test_a_britons_fifth_of_june_is_no_sixth_of_may_and_a_guess_is_told() -> None:
    (ann,) = read("Name,Birthday\nAnn,5/6/1990\n", "text/csv")

    assert (ann.birthday, ann.remarks) == (birthday("1990-06-05"), ("birthday_ambiguous",))


def test_an_americans_sixth_of_may_is_told_as_well() -> None:
    (ann,) = read("Name,Birthday\nAnn,5/6/1990\n", "text/csv", FileOrigin("US"))

    assert (ann.birthday, ann.remarks) == (birthday("1990-05-06"), ("birthday_ambiguous",))


@pytest.mark.parametrize("body", ["Name,Birthday\nAnn,5/6/1990\nBob,25/6/1990\n"])
def test_what_another_row_proves_is_no_guess(body: str) -> None:
    ann, bob = read(body, "text/csv", FileOrigin("US"))

    assert (ann.birthday, ann.remarks) == (birthday("1990-06-05"), ())
    assert (bob.birthday, bob.remarks) == (birthday("1990-06-25"), ())


def test_what_the_owner_says_is_no_guess() -> None:
    origin = FileOrigin("GB", day_first=False)

    (ann,) = read("Name,Birthday,Anniversary\nAnn,5/6/1990,7/8/2010\n", "text/csv", origin)

    assert (ann.birthday, ann.remarks) == (birthday("1990-05-06"), ())
    assert ann.extra["dates"] == [{"date": "2010-07-08", "label": "anniversary"}]


def test_a_vcard_is_read_by_the_same_rule() -> None:
    card = card_with("BDAY:5/6/1990", "X-ANNIVERSARY:7/8/2010")

    assert card.birthday == birthday("1990-06-05")
    assert card.extra["dates"] == [{"date": "2010-08-07", "label": "anniversary"}]
    assert card.remarks == ("birthday_ambiguous", "date_ambiguous")


def test_quoted_printable_that_names_no_charset_is_read_as_its_region_writes() -> None:
    line = "NOTE;ENCODING=QUOTED-PRINTABLE:=D8=E5=E2"

    assert card_with(line, origin=FileOrigin("UA")).notes == "Шев"
    assert card_with(line, origin=FileOrigin("UA")).remarks == ()
    assert card_with("NOTE;ENCODING=QUOTED-PRINTABLE:=D0=86", origin=FileOrigin("PL")).notes == "І"


@pytest.mark.parametrize(
    "line",
    [
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=D8=E5",
        "NOTE;ENCODING=QUOTED-PRINTABLE:=81",  # nothing in the code page of Western Europe
        b"NOTE:\x81",
        "NOTE:\ufffd",
        "TEL;X-KITH-LABEL=\ufffd:12345",
        "\ufffd",
    ],
)
def test_a_character_that_cannot_be_read_is_told(line: str | bytes) -> None:
    assert "characters_lost" in card_with(line).remarks


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"Name,Notes\nAnn,\x81\nBob,b\n", "text/csv"),
        ("Name,Notes\nAnn,\ufffd\nBob,b\n", "text/csv"),
        ('[{"first_name":"Ann","notes":"\ufffd"},{"first_name":"Bob"}]', "application/json"),
        (
            '[{"first_name":"Ann","extra":{"a":["\\uFFFD"]}},{"first_name":"Bob"}]',
            "application/json",
        ),
    ],
)
def test_it_is_told_of_whom_it_concerns(body: bytes | str, kind: str) -> None:
    ann, bob = read(body, kind)

    assert (ann.remarks, bob.remarks) == (("characters_lost",), ())


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_no_json(number: str) -> None:
    with pytest.raises(Unreadable):
        read(f'[{{"first_name":"Ann","extra":{{"a":{number}}}}}]', "application/json")


def test_a_second_name_is_kept() -> None:
    card = card_with("N:Roe;Rick;;;")

    assert (card.first_name, card.last_name) == ("Jane", "Doe")
    assert card.extra["vcard"] == ["N:Roe;Rick;;;"]


def test_an_address_that_is_put_aside_takes_its_label_along() -> None:
    emails = (LabelledValue("no address", "home"), LabelledValue("nor this"))

    contact, _ = normalize_card(Card(1, first_name="Ann", emails=emails), date(2026, 11, 21))

    assert contact
    assert contact.extra == {"emails": [{"value": "no address", "label": "home"}, "nor this"]}


def test_what_json_says_of_an_address_besides_is_kept() -> None:
    odd = {"address": "a@example.com", "label": 5, "primary": True}
    plain = {"address": "b@example.com", "label": "home"}
    body = json.dumps([{"first_name": "Ann", "emails": [odd, plain]}])

    (ann,) = read(body, "application/json")

    assert ann.emails == (LabelledValue("a@example.com"), LabelledValue("b@example.com", "home"))
    assert (ann.extra, ann.remarks) == ({"emails": [odd]}, ("kept_in_extra",))


def test_two_columns_of_one_name_are_both_kept() -> None:
    (ann,) = read("Name,Phone,Phone,Notes,Notes\nAnn,12345,67890,a,b\n", "text/csv")

    assert (ann.phones, ann.notes) == ((LabelledValue("12345"),), "a")
    assert ann.extra == {"Phone": "67890", "Notes": "b"}


def test_a_photo_that_is_too_large_is_told() -> None:
    content = base64.b64encode(bytes(MAX_PHOTO_BYTES + 1)).decode()

    card = card_with(f"PHOTO;ENCODING=b:{content}")

    assert (card.photo, card.remarks) == (None, ("photo_skipped",))
