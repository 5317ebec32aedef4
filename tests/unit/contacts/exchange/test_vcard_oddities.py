"""What cards hold besides the usual, and how it is kept."""

from typing import Any

import pytest

from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.card_builder import CardBuilder
from kith.contacts.exchange.vcard.reader import read_vcards
from kith.contacts.exchange.vcard.writer import write_vcards
from tests.unit.contacts.exchange.cards import birthday


def card_with(*lines: str) -> Card:
    text = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", "N:Doe;Jane;;;", *lines, "END:VCARD"])
    (card,) = read_vcards(text)
    return card


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;1990-05-17;1;", "dates"),
        ("X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2020-05-17;0;moved", "dates"),
        ("X-ANDROID-CUSTOM:vnd.example/unknown;1", "vcard"),
        ("X-ABDATE:2020-05", "dates"),
        ("ADR:;;;;;;", None),
        ("ORG:", None),
        ("X-KITH:no json", "vcard"),
        ("X-KITH:[1]", None),
        ("X-PHONETIC-FIRST-NAME:Džejn", "phonetic_first_name"),
        ("PHOTO;VALUE=uri:https://example.com/jane.jpg", "photo"),
        ("PHOTO;VALUE=uri;X-KITH=photo:https://example.com/jane.jpg", None),
        ("DEATHDATE:2020-01-01", "death_date"),
        ("FN:Dr. Who", "display_name"),
    ],
)
def test_what_is_known_of_a_person_has_its_place(line: str, extra: str | None) -> None:
    assert set(card_with(line).extra) == ({extra} if extra else set())


@pytest.mark.parametrize(
    ("line", "details"),
    [
        ("IMPP:jane", {"messengers": (MessengerEntry("other", "jane"),)}),
        (
            "IMPP;X-SERVICE-TYPE=Skype:skype:jane",
            {"messengers": (MessengerEntry("Skype", "jane"),)},
        ),
        ("X-SKYPE-USERNAME:jane", {"messengers": (MessengerEntry("skype", "jane"),)}),
        ("X-ABRELATEDNAMES:John", {"relations": (RelationEntry("contact", "John"),)}),
        ("RELATED;TYPE=parent;VALUE=text:John", {"relations": (RelationEntry("parent", "John"),)}),
        (
            "ADR;TYPE=HOME:PO Box 7;Flat 2;1 High St;York;;YO1;UK",
            {
                "addresses": (
                    AddressEntry("home", "1 High St\nFlat 2\nPO Box 7", "York", None, "YO1", "UK"),
                )
            },
        ),
        ("NICKNAME:Jay", {"nickname": "Jay"}),
        ("TITLE:Boss", {"job_title": "Boss"}),
        ("ORG:Navy;Ships", {"organization": "Navy"}),
        ("URL:example.com", {"urls": (UrlEntry("example.com"),)}),
    ],
)
def test_details_are_fields_of_their_own(line: str, details: dict[str, Any]) -> None:
    assert card_with(line).details == ContactDetails(**details)


@pytest.mark.parametrize(
    "kind",
    ["KIND:group", "kind;VALUE=text: group", "X-ADDRESSBOOKSERVER-KIND;X=1:group", "KIND:GROUP"],
)
def test_a_list_of_people_is_known_whatever_its_parameters(kind: str) -> None:
    assert card_with(kind, "MEMBER:urn:uuid:1").failure == "group_card"


def test_what_is_kept_of_a_card_makes_no_list_of_people_of_it_in_an_export() -> None:
    card = Card(1, first_name="Ann", extra={"vcard": ["KIND:group"]})

    (again,) = read_vcards(write_vcards(card))

    assert (again.failure, again.extra) == (None, card.extra)


def test_a_part_of_a_name_that_n_does_not_hold_makes_no_name_for_display() -> None:
    card = Card(1, first_name="Ann", extra={"name_prefix": " Dr.", "middle_name": ["B"]})

    (again,) = read_vcards(write_vcards(card))

    assert again.extra == card.extra


def test_logos_and_sounds_are_not_kept_and_this_is_told() -> None:
    card = card_with("LOGO;ENCODING=b:AAAA", "SOUND:data:audio/ogg;base64,AAAA")

    assert (card.extra, card.remarks) == ({}, ("bytes_skipped",))


def test_the_first_photo_counts_and_a_damaged_one_is_told() -> None:
    card = card_with("PHOTO;ENCODING=b:AAAA", "PHOTO;ENCODING=b:BBBB")

    assert (card.photo, card.remarks) == (b"\0\0\0", ("photo_skipped",))


def test_addresses_of_mail_may_be_uris() -> None:
    assert card_with("EMAIL:mailto:jane%40example.com?subject=x").emails[0].value == (
        "jane@example.com"
    )


def test_a_second_birthday_is_kept_as_text() -> None:
    card = card_with("BDAY:1990-05-17", "BDAY:1991-05-17", "BDAY:0/0/00")

    assert (card.birthday, card.extra) == (
        birthday("1990-05-17"),
        {"birthday": "1991-05-17"},
    )


def test_several_of_one_kind_stand_together() -> None:
    card = card_with("TITLE:Admiral", "TITLE:Programmer", "TITLE:Admiral", "NOTE:a", "NOTE:b")

    assert card.details.job_title == "Admiral"
    assert card.extra == {"job_title": "Programmer"}
    assert card.notes == "a\n\nb"


@pytest.mark.parametrize(
    ("lines", "name", "remark"),
    [
        (["NICKNAME:Bob"], "Bob", "name_from_nickname"),
        (["ORG:Navy"], "Navy", "name_from_company"),
        (["EMAIL:a@example.com"], "a@example.com", "name_from_email"),
    ],
)
def test_somebody_without_a_name_is_called_somehow(
    lines: list[str], name: str, remark: str
) -> None:
    (card,) = read_vcards("\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]))

    assert (card.first_name, card.remarks) == (name, (remark,))


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Hopper, Grace", "Grace", "Hopper"),
        ("Ludwig van Beethoven", "Ludwig van", "Beethoven"),
        ("Plato", "Plato", ""),
        ("a, b, c", "a, b,", "c"),
    ],
)
def test_a_full_name_is_parted(full: str, first: str, last: str) -> None:
    (card,) = read_vcards(f"BEGIN:VCARD\nFN:{full}\nEND:VCARD")

    assert (card.first_name, card.last_name) == (first, last)


def test_an_empty_card_is_told() -> None:
    (card,) = read_vcards("BEGIN:VCARD\nEND:VCARD")

    assert card.failure == "card_empty"


def test_remarks_are_bounded() -> None:
    card = CardBuilder(1)
    for number in range(100):
        card.remark(f"remark_{number}")

    assert len(card.build().remarks) == 20


@pytest.mark.parametrize(
    "shape",
    ['{"favourite":1}', '{"lead_days":["x"]}', '{"tags":[1]}', '{"notes":5}', '{"extra":[]}'],
)
def test_what_is_ours_but_has_another_shape_is_passed_over(shape: Any) -> None:
    assert card_with("X-KITH:" + shape.replace(",", "\\,")) == card_with()
