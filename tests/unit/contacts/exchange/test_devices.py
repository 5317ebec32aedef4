"""vCards as phones, desktops and web pages write them: facts about each, in files of our own."""

from pathlib import Path
from typing import Final

from kith.contacts.details.entities import (
    AddressEntry,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.formats import read_cards
from tests.unit.contacts.exchange.cards import birthday, kept

FILES: Final = Path(__file__).parent / "files"


def cards_of(name: str, *, encoding: str = "utf-8", line_end: str = "\r\n") -> list[Card]:
    text = (FILES / f"{name}.vcf").read_text("utf-8").replace("\n", line_end)
    return list(read_cards(text.encode(encoding), "text/vcard", most=1000))


def test_android_writes_quoted_printable_and_rows_of_its_own_tables() -> None:
    taras, nameless = cards_of("android")

    assert (taras.first_name, taras.last_name) == ("Тарас", "Шевченко")
    assert taras.details.middle_name == "Григорович"
    assert taras.details.nickname == "Кобзар"
    assert taras.birthday == birthday("1814-03-09")
    assert taras.notes == "Реве та стогне\nДніпр"
    assert taras.phones == (
        LabelledValue("067 123 45 67", "mobile"),
        LabelledValue("+380441234567", "home"),
        LabelledValue("5-12-34", "dacha"),
    )
    assert taras.details.relations == (RelationEntry("sister", "Kateryna"),)
    assert taras.photo is not None
    assert taras.photo.startswith(b"\xff\xd8")
    assert "vcard" not in taras.extra
    assert nameless.first_name == "+380501112233"
    assert nameless.remarks == ("name_from_phone",)


def test_an_iphone_labels_by_groups_and_invents_a_year() -> None:
    (ada,) = cards_of("iphone")

    assert (ada.first_name, ada.last_name) == ("Ada", "Lovelace")
    assert ada.details.name_prefix == "Countess"
    assert "display_name" not in ada.extra
    assert ada.emails == (
        LabelledValue("ada@example.com", "home"),
        LabelledValue("byron@example.org", "other"),
    )
    assert ada.phones == (
        LabelledValue("(044) 123-45-67", "mobile"),
        LabelledValue("+44 20 7946 0000", "work fax"),
        LabelledValue("+44 117 496 0123", "Ockham Park"),
    )
    assert ada.birthday == birthday("--12-10")
    assert ada.remarks == ("birthday_year_dropped",)
    assert ada.notes == "First line\nSecond, with a comma; and more"
    assert ada.details.organization == "Analytical Engines"
    assert ada.extra["department"] == "Programming"
    assert ada.details.urls == (UrlEntry("https://example.com/ada", "homepage"),)
    assert ada.extra["dates"] == [{"date": "1835-07-08", "label": "anniversary"}]
    assert ada.details.relations == (RelationEntry("friend", "Charles Babbage"),)
    assert ada.details.addresses[0].city == "London"
    assert ada.extra["vcard"] == [
        "item3.X-ABADR:gb",
        "X-SOCIALPROFILE;TYPE=twitter;X-USER=ada:http://twitter.com/ada",
    ]
    assert ada.uid == "0f6a1c3e-77a5-4f6e-8f0a-53a4b7c1d2e3:ABPerson"
    assert ada.photo


def test_macos_knows_companies_and_groups() -> None:
    clocks, group = cards_of("macos")

    assert clocks.first_name == "Kyiv Clocks"
    assert clocks.birthday == birthday("--02-29")
    assert clocks.tags == (
        "suppliers",
        "my, own",
        "Suppliers of ours",
    )
    assert clocks.phones == (LabelledValue("044 555 66 77", "main"),)
    assert group.failure == "group_card"


def test_gmail_stars_and_dates_without_dashes() -> None:
    grace, mom = cards_of("gmail")

    assert (grace.first_name, grace.last_name) == ("Grace", "Hopper")
    assert grace.details.middle_name == "Brewster"
    assert grace.birthday == birthday("1906-12-09")
    assert grace.favourite
    assert grace.tags == ("Navy",)
    assert grace.phones == (
        LabelledValue("+1 650-253-0000", "mobile"),
        LabelledValue("+1 650-253-0001", "Pier"),
    )
    assert grace.details.urls[0].url == "http://www.google.com/profiles/1"
    assert grace.extra["photo"] == "https://lh3.googleusercontent.com/contacts/abc"
    assert (mom.first_name, mom.last_name, mom.birthday) == ("Mom", "", birthday("--02-14"))


def test_outlook_writes_in_the_encoding_of_its_windows() -> None:
    (joerg,) = cards_of("outlook", encoding="cp1252")

    assert (joerg.first_name, joerg.last_name) == ("Jörg", "Müller")
    assert joerg.birthday == birthday("1980-03-22")
    assert joerg.details.organization == "Straßenbau GmbH"
    assert joerg.details.addresses[0] == AddressEntry(
        "work", "Hauptstraße 1", "Berlin", None, "10115", "Deutschland"
    )
    assert joerg.phones == (
        LabelledValue("+49 30 123456", "work"),
        LabelledValue("+49 151 23456789", "mobile"),
    )
    assert kept(joerg, "vcard")[1] == "LABEL;TYPE=WORK,PREF:Hauptstraße 1\\n10115 Berlin"


def test_thunderbird_writes_uris() -> None:
    (linus,) = cards_of("thunderbird")

    assert linus.first_name == "Linus"
    assert linus.phones == (
        LabelledValue("+358 9 123456", "work"),
        LabelledValue("+358-40-1234567 ext. 12", "mobile"),
    )
    assert linus.birthday == birthday("1969-12-28")
    assert linus.extra["dates"] == [{"date": "--06-01", "label": "anniversary"}]
    assert linus.details.messengers == (MessengerEntry("xmpp", "linus@example.fi"),)
    assert linus.extra["vcard"] == ["X-CUSTOM1;VALUE=TEXT:one"]


def test_evolution_folds_inside_a_property_and_dates_can_be_words() -> None:
    marie, ancient = cards_of("evolution")

    assert marie.phones == (LabelledValue("06 12 34 56 78", "work"),)
    assert marie.details.relations == (RelationEntry("spouse", "Pierre"),)
    assert marie.details.messengers == (MessengerEntry("jabber", "marie@jabber.example"),)
    assert marie.tags == ("science",)
    assert (ancient.first_name, ancient.last_name) == ("Ancient", "One")
    assert ancient.birthday is None
    assert ancient.extra["birthday"] == "circa 1800"
    assert ancient.remarks == ("birthday_kept_as_text",)
    assert ancient.deceased


def test_the_end_of_a_line_is_whatever_the_system_says() -> None:
    for line_end in ("\r\n", "\n", "\r"):
        assert cards_of("gmail", line_end=line_end) == cards_of("gmail")


def test_one_byte_that_is_no_utf8_garbles_no_other_name() -> None:
    damaged = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bro" + b"\xff" + b"ken\r\nEND:VCARD\r\n"
    body = (FILES / "gmail.vcf").read_bytes() + damaged + "BEGIN:VCARD\nFN:Іван\nEND:VCARD".encode()

    found = list(read_cards(body, "text/vcard", most=10))

    assert found[-1].first_name == "Іван"


def test_one_broken_card_among_three_hundred_is_told_and_stops_none() -> None:
    one = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jane{};;;\r\nEND:VCARD\r\n"
    broken = "BEGIN:VCARD\r\nVERSION:3.0\r\n;;;:::\r\n\r\nEND:VCARD\r\n"
    several = [one.format(number) for number in range(299)]
    body = "".join([*several[:150], broken, *several[150:]]).encode()

    found = list(read_cards(body, "text/vcard", most=1000))

    assert len(found) == 300
    assert [(each.line, each.failure) for each in found if each.failure] == [(601, "no_name")]
