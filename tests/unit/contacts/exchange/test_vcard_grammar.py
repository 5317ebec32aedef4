"""What we write keeps the grammar of its version, whatever a contact holds."""

import pytest
from hypothesis import given

from kith.birthdate import Birthdate
from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.vcard.grammar import VcardVersionNumber
from kith.contacts.exchange.vcard.writer import write_vcards
from tests.unit.contacts.exchange.cards import cards
from tests.vcard_grammar import violations

PERSON = Card(
    1,
    uid="ivan, the first",
    first_name="Іван",
    birthday=Birthdate(None, 5, 17),
    deceased=True,
    details=ContactDetails(
        organization="Kyivstar",
        nickname="Vanya",
        job_title="Engineer",
        addresses=(AddressEntry("home", "1 Main St; rear\nApt 2", "Kyiv", None, "01001"),),
        urls=(
            UrlEntry("приклад.укр/сторінка", "home"),
            UrlEntry("https://a.b/?c=1,2;3"),
        ),
        relations=(RelationEntry("spouse", "Ольга"), RelationEntry("кума", "Анна")),
        messengers=(MessengerEntry("Telegram", "ivan, 2 & co"),),
    ),
    extra={
        "department": "Research; Radio",
        "nickname": "Ivasyk, the small",
        "job_title": "Poet",
        "gender": "M;fellow, of sorts",
        "time_zone": "Europe/Kyiv",
        "position": "50.45;30.52",
        "language": "uk",
        "death_date": "2020-01-02",
        "dates": [
            {"date": "2010-08-07", "label": "anniversary"},
            {"date": "2012-01-01", "label": "anniversary"},
            {"date": "--01-07", "label": "іменини"},
        ],
        "vcard": ["X-SOCIALPROFILE;TYPE=twitter:http://twitter.com/ivan"],
    },
)
LINES_OF_4 = [
    "UID;VALUE=text:ivan\\, the first",
    "BDAY:--0517",
    "ORG:Kyivstar;Research;Radio",
    "NICKNAME:Vanya,Ivasyk\\, the small",
    "TITLE:Engineer",
    "TITLE:Poet",
    "ADR;TYPE=HOME:;;1 Main St\\; rear\\nApt 2;Kyiv;;01001;",
    "GENDER:M;fellow\\, of sorts",
    "TZ:Europe/Kyiv",
    'GEO;X-KITH-VALUE="50.45;30.52":geo:50.45,30.52',
    "LANG:uk",
    "DEATHDATE:20200102",
    "URL:https://a.b/?c=1,2;3",
    "RELATED;VALUE=text;TYPE=SPOUSE:Ольга",
    "ANNIVERSARY:20100807",
    "item2.X-ABDATE:2012-01-01",
    'IMPP;SERVICE-TYPE="Telegram":x-apple:ivan%2C%202%20%26%20co',
    "X-SOCIALPROFILE;TYPE=twitter:http://twitter.com/ivan",
]
LINES_OF_3 = [
    "UID:ivan\\, the first",
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17",
    "ORG:Kyivstar;Research;Radio",
    "X-GENDER:M\\;fellow\\, of sorts",
    "TZ;VALUE=text:Europe/Kyiv",
    "GEO:50.45;30.52",
    "item1.X-ABRELATEDNAMES:Ольга",
    "item1.X-ABLabel:spouse",
    "item3.X-ABDATE:2010-08-07",
]


@pytest.mark.parametrize(("version", "lines"), [("4.0", LINES_OF_4), ("3.0", LINES_OF_3)])
def test_each_property_is_written_by_its_value_type(
    version: VcardVersionNumber, lines: list[str]
) -> None:
    file = write_vcards(PERSON, version)

    assert violations(file, version) == []
    assert [line for line in lines if line not in file.replace("\r\n ", "").split("\r\n")] == []


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@given(cards())
def test_no_contact_makes_a_file_break_its_grammar(version: VcardVersionNumber, card: Card) -> None:
    assert violations(write_vcards(card, version), version) == []


@pytest.mark.parametrize(
    ("line", "versions"),
    [
        ("X-ANYTHING;A=b:c;d,e", ["3.0", "4.0"]),
        ("item1.X-ABADR:us", ["3.0", "4.0"]),
        ("LABEL;TYPE=WORK:Street 1\\nCity", ["3.0"]),
        ("SORT-STRING:Hopper", ["3.0"]),
        ("LABEL:a,b", []),
        ("HOBBY:sailing", ["4.0"]),
        ("FBURL:http://example.com/free", ["4.0"]),
        ("FBURL:not a uri", []),
        ("UNHEARD-OF:1", []),
    ],
)
def test_a_foreign_line_stands_where_its_version_allows_it(line: str, versions: list[str]) -> None:
    card = Card(1, first_name="Ann", extra={"vcard": [line]})

    both: tuple[VcardVersionNumber, ...] = ("3.0", "4.0")
    files = {version: write_vcards(card, version).replace("\r\n ", "") for version in both}

    assert [version for version in both if f"\r\n{line}\r\n" in files[version]] == versions


@pytest.mark.parametrize(
    "file",
    [
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nURL:no uri\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nLABEL:a\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nNOTE:a,b\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nBDAY:1990-05-17\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nN:a;b\r\nFN:a\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nUID:x:1\r\nUID:x:2\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nX-A;B:c\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\nVERSION:4.0\nFN:a\nEND:VCARD\n",
        f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{'a' * 80}\r\nEND:VCARD\r\n",
    ],
)
def test_the_judge_is_strict(file: str) -> None:
    assert violations(file, "4.0") != []
