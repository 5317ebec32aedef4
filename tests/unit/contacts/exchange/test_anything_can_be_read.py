"""Whatever a file holds, reading it ends: with cards, or with an error that a caller can hear."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.csv.reader import CsvHeaderUnknown
from kith.contacts.exchange.formats import FormatUnknown, TooManyCards, read_cards
from kith.contacts.exchange.normalizer import normalize_card
from kith.contacts.exchange.vcard.writer import write_vcards
from kith.contacts.mapper import new_contact
from kith.errors import KithError
from tests.unit.contacts.exchange.cards import cards

KINDS = ["text/vcard", "text/csv; charset=windows-1251", "application/json"]
_pieces = st.sampled_from(
    [
        b"BEGIN:VCARD\r\n",
        b"END:VCARD\r\n",
        b"VERSION:2.1\n",
        b"N;ENCODING=QUOTED-PRINTABLE;CHARSET=utf-8:=D0=\n",
        b"N:A;B\r",
        b"TEL;TYPE=cell,",
        b'"',
        b"PHOTO;ENCODING=b:AAA\r\n ",
        b"AGENT:\r\n",
        b"item1.X-ABLabel:_$!<\r\n",
        b"BDAY:--0230\r\n",
        b"X-KITH:{\r\n",
        b'X-KITH:{"extra":{"a":[1e999]}\\,"birthday":""}\r\n',
        b"X-ANDROID-CUSTOM:\r\n",
        b"First Name,E-mail 1 - Value,Birthday,Kith\r\n",
        b'{"contacts":[{"first_name":"\\ud800","emails":5,"extra":{"a":',
        b"]}",
        b"\xff\xfe",
        b"\xd0",
        b",;:=\\",
    ]
)
_bytes = st.lists(st.one_of(_pieces, st.binary(max_size=8)), max_size=25).map(b"".join)


@given(_bytes, st.sampled_from(KINDS))
@settings(max_examples=150, deadline=None)
def test_no_file_is_too_strange(body: bytes, kind: str) -> None:
    with suppress(KithError):
        for card in read_cards(body, kind, most=100):
            sent, fitted = normalize_card(card, date(2026, 11, 21))
            assert sent or fitted.failure
            if sent:
                new_contact(sent, "UA")


@given(cards(), st.integers(0, 600), st.binary(min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_one_damaged_card_spoils_no_other(card: Card, place: int, damage: bytes) -> None:
    whole = Card(1, first_name="Grace", last_name="Hopper")
    good = write_vcards(whole).encode()
    bad = bytearray(write_vcards(card).encode())
    inside = len("BEGIN:VCARD\r\n") + place % max(1, len(bad) - len("BEGIN:VCARD\r\nEND:VCARD\r\n"))
    bad[inside:inside] = damage.replace(b"\n", b"").replace(b"\r", b"")

    found = list(read_cards(good + bytes(bad) + good, "text/vcard", most=100))

    names = [each.first_name for each in found]
    assert (names[0], names[-1]) == ("Grace", "Grace")


def test_a_file_with_too_many_people_is_refused() -> None:
    file = b"BEGIN:VCARD\nN:A\nEND:VCARD\n" * 4

    with pytest.raises(TooManyCards):
        list(read_cards(file, "text/vcard", most=3))


def test_a_kind_that_nobody_reads_is_refused() -> None:
    with pytest.raises(FormatUnknown):
        list(read_cards(b"", "text/calendar", most=3))


def test_a_table_of_other_things_is_refused() -> None:
    with pytest.raises(CsvHeaderUnknown):
        list(read_cards(b"Price,Amount\n1,2\n", "text/csv", most=3))
