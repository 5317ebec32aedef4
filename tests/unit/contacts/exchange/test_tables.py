"""CSV as Google, Outlook, Thunderbird and others export it."""

from pathlib import Path
from typing import Final

import pytest

from kith.contacts.details.entities import AddressEntry, ContactDetails, RelationEntry
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.formats import read_cards
from tests.unit.contacts.exchange.cards import birthday

FILES: Final = Path(__file__).parent / "files"


def cards_of(name: str, *, encoding: str = "utf-8", region: str | None = None) -> list[Card]:
    text = (FILES / f"{name}.csv").read_text("utf-8").replace("\n", "\r\n")
    return cards_in(text.encode(encoding), region=region)


def cards_in(body: bytes, *, region: str | None = None) -> list[Card]:
    return list(read_cards(body, "text/csv", FileOrigin(region), most=1000))


def test_google_today() -> None:
    grace, mother = cards_of("google")

    assert (grace.first_name, grace.last_name, grace.line) == ("Grace", "Hopper", 2)
    assert grace.birthday == birthday("1906-12-09")
    assert grace.notes == "Nanoseconds,\r\nand clocks"
    assert grace.tags == ("Navy",)
    assert grace.favourite
    assert grace.emails == (
        LabelledValue("grace@example.com", "work"),
        LabelledValue("hopper@example.org"),
        LabelledValue("g@example.net"),
    )
    assert grace.phones == (
        LabelledValue("+1 650-253-0000", "mobile"),
        LabelledValue("+1 650-253-0001", "Pier"),
    )
    assert grace.details.organization == "Navy"
    assert grace.details.addresses == (
        AddressEntry("home", "1 Main St", "New York", "NY", "10001", "US"),
    )
    assert grace.details.relations == (RelationEntry("spouse", "Vincent"),)
    assert grace.extra["dates"] == [{"date": "1930-06-15", "label": "Anniversary"}]
    assert grace.extra["Ship"] == "USS Hopper"
    assert (mother.first_name, mother.birthday, mother.line) == ("Мама", birthday("--02-14"), 5)


def test_google_before_2024() -> None:
    (ada,) = cards_of("google_old")

    assert (ada.first_name, ada.last_name) == ("Ada", "Lovelace")
    assert ada.tags == ("Engines",)
    assert ada.emails == (LabelledValue("ada@example.com", "home"),)
    assert ada.extra == {"maiden_name": "Byron", "Hobby": "mathematics"}
    assert ada.details == ContactDetails(organization="Analytical Engines", job_title="Programmer")


def test_outlook_in_the_encoding_of_its_windows() -> None:
    joerg, ivy = cards_of("outlook", encoding="cp1252")

    assert (joerg.first_name, joerg.last_name) == ("Jörg", "Müller")
    assert joerg.birthday == birthday("1980-03-22")
    assert joerg.tags == (
        "Bau",
        "Freunde",
    )
    assert joerg.phones == (
        LabelledValue("+49 30 123456", "work"),
        LabelledValue("+49 151 23456789", "mobile"),
        LabelledValue("+49 30 123457", "work fax"),
    )
    assert joerg.emails == (
        LabelledValue("joerg@example.de"),
        LabelledValue("jm@example.org"),
    )
    assert joerg.notes == 'Sagt "Moin"'
    assert joerg.details.addresses[0].street == "Hauptstraße 1\n3. Stock"
    assert joerg.extra["Spouse"] == "Anna"
    assert not {"Priority", "Private", "Sensitivity", "Gender", "dates"} & joerg.extra.keys()
    assert (ivy.birthday, ivy.extra) == (birthday("1999-12-31"), {})


def test_thunderbird_has_a_column_for_each_part_of_a_birthday() -> None:
    linus, solo = cards_of("thunderbird")

    assert (linus.first_name, linus.birthday) == ("Linus", birthday("1969-12-28"))
    assert linus.extra["display_name"] == "Linus T."
    assert linus.details.addresses[0].postal_code == "00100"
    assert (solo.first_name, solo.birthday) == ("Solo", birthday("--02-29"))


def test_semicolons_separate_where_commas_are_decimal() -> None:
    (maria,) = cards_of("icloud", encoding="utf-16")

    assert (maria.first_name, maria.birthday) == ("Марія", birthday("2000-02-29"))
    assert maria.phones == (LabelledValue("+380 50 111 22 33", "mobile"),)
    assert maria.emails == (LabelledValue("maria@example.com", "home"),)


def test_cyrillic_of_windows_is_recognised() -> None:
    body = "Ім'я,Прізвище,Мобільний телефон\nІван,Франко,067 123 45 67\n".encode("cp1251")

    (ivan,) = cards_in(body)

    assert (ivan.first_name, ivan.last_name) == ("Іван", "Франко")


def test_polish_of_windows_is_known_by_where_its_owner_lives() -> None:
    (lech,) = cards_in("Imię,Nazwisko\nLech,Wałęsa\n".encode("cp1250"), region="PL")

    assert lech.last_name == "Wałęsa"


def test_a_day_above_twelve_tells_that_days_come_first() -> None:
    body = b"Name,Birthday\nA,03/04/1990\nB,25/12/1990\n"

    first, second = cards_in(body)

    assert (first.birthday, second.birthday) == (birthday("1990-04-03"), birthday("1990-12-25"))


def test_a_quote_that_is_never_closed_spoils_its_own_line_only() -> None:
    body = b'Name,Notes\nAnn,"fine, ""really"""\nBob,"never closed\nCid,also fine\n'

    ann, bob, cid = cards_in(body)

    assert ann.notes == 'fine, "really"'
    assert (bob.failure, bob.line) == ("quote_never_closed", 3)
    assert (cid.first_name, cid.line) == ("Cid", 4)


def test_excels_hint_and_empty_rows_are_no_people() -> None:
    (ann,) = cards_in(b"sep=;\r\nName;Phone\r\n;\r\nAnn;12345\r\n")

    assert (ann.first_name, ann.line) == ("Ann", 4)


def test_more_values_than_columns_are_kept() -> None:
    (ann,) = cards_in(b"Name,Phone\nAnn,12345,what,ever\n")

    assert ann.extra == {"more_columns": ["what", "ever"]}


@pytest.mark.parametrize(
    "header",
    [
        "Vorname;Nachname;Geburtstag;Mobiltelefon;E-Mail-Adresse;Firma;Notizen",
        "Vorname;Name;Geburtsdatum;Handy;E-Mail;Unternehmen;Bemerkungen",
        "Prénom;Nom;Anniversaire;Tél. mobile;Adresse de messagerie;Société;Notes",
        "PRENOM;NOM;DATE DE NAISSANCE;PORTABLE;COURRIEL;SOCIETE;REMARQUES",
        "Nombre;Apellidos;Cumpleaños;Móvil;Correo electrónico;Empresa;Notas",
        "Nome;Cognome;Data di nascita;Cellulare;Indirizzo posta elettronica;Società;Note",
        "Nome;Sobrenome;Aniversário;Celular;Endereço de e-mail;Empresa;Observações",
        "Nome próprio;Apelido;Data de nascimento;Telemóvel;E-mail;Organização;Notas",
        "Jméno;Příjmení;Datum narození;Mobilní telefon;E-mailová adresa;Společnost;Poznámky",
        "Ad;Soyadı;Doğum Tarihi;Cep Telefonu;E-posta Adresi;Şirket;Notlar",
        "AD;SOYAD;DOĞUM GÜNÜ;CEP;E-POSTA;ŞİRKET;NOTLAR",
    ],
)
def test_headers_of_the_world(header: str) -> None:
    file = f"{header}\nAda;Lovelace;1815-12-10;+44 20 7946 0018;ada@example.com;Engine;Poet\n"

    (ada,) = cards_in(file.encode())

    assert (ada.first_name, ada.last_name, ada.notes) == ("Ada", "Lovelace", "Poet")
    assert ada.birthday == birthday("1815-12-10")
    assert ada.phones == (LabelledValue("+44 20 7946 0018", "mobile"),)
    assert ada.emails == (LabelledValue("ada@example.com"),)
    assert ada.details.organization == "Engine"


@pytest.mark.parametrize("header", ["Name", "Nom", "Nombre", "Nome", "Jméno", "Ad", "Імʼя"])
def test_a_word_for_a_name_alone_means_the_whole_one(header: str) -> None:
    (ada,) = cards_in(f"{header};Telefon\nAda Lovelace;1234\n".encode())

    assert (ada.first_name, ada.last_name) == ("Ada", "Lovelace")


def test_the_owners_mapping_comes_before_what_a_header_says() -> None:
    file = b"Name;Phone;Hobby;Office;City\nAda;1;Maths;2222;London\n"
    mapping = {"name": "notes", "Phone": "ignore", "office": "phone.work", "Hobby": "first_name"}

    (one,) = read_cards(file, "text/csv", FileOrigin(mapping=mapping), most=10)

    assert (one.first_name, one.notes) == ("Maths", "Ada")
    assert one.phones == (LabelledValue("2222", "work"),)
