"""What is fuzzed: parsers, each with an oracle. None breaks, none works longer than it reads.

Calls are counted, not time. What is read of a file is also written and read again, and must be the
same contact.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from types import FrameType
from typing import Any, Final, Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request

from kith.avatars.multipart import read_upload
from kith.birthdate import Birthdate
from kith.contacts.email_address import normalize_address, unicode_address
from kith.contacts.exchange.csv.writer import write_csv
from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.formats import read_cards
from kith.contacts.exchange.normalizer import card_from_contact, normalize_card
from kith.contacts.exchange.vcard.writer import write_vcards
from kith.contacts.mapper import new_contact
from kith.contacts.phones.number import looks_like_phone, parse_phone
from kith.contacts.schemas import ContactCreate
from kith.contacts.search.text import patterns_anywhere, patterns_in_field
from kith.errors import KithError
from kith.http.pagination import decode_cursor
from kith.http.strict_json import parse_json

TODAY: Final = date(2026, 11, 21)
_MOST_CARDS: Final = 200
_WRITTEN_CARDS: Final = 3
_CALLS_PER_BYTE: Final = 200  # a card of six letters, written and read again, takes about 100
_CALLS_OF_ONE: Final = 50_000
_TEXT: Final = 200  # as long as a query may be

Kind = Literal["vcard", "csv", "json"]


def read_file(kind: Kind, data: bytes) -> None:
    """A file of contacts: each becomes a contact or says why not, and comes back as it was."""
    media_type = "application/json" if kind == "json" else f"text/{kind}"
    with suppress(KithError):
        cards = read_cards(data, media_type, FileOrigin("UA"), most=_MOST_CARDS)
        for number, card in enumerate(cards):
            contact, normalized = normalize_card(card, TODAY)
            assert contact or normalized.failure
            if contact and number < _WRITTEN_CARDS:
                _write_and_read(contact)


def _write_and_read(contact: ContactCreate) -> None:
    stored = new_contact(contact, "UA")
    card = card_from_contact(stored, "uid")
    files = ((write_vcards(card, "3.0"), "text/vcard"), (write_vcards(card, "4.0"), "text/vcard"))
    for text, media_type in (*files, (write_csv([card]), "text/csv")):
        (read,) = read_cards(text.encode(), media_type, most=1)
        again, _ = normalize_card(read, TODAY)
        assert again, text
        assert new_contact(again, "UA").bulk_values() == stored.bulk_values(), text


def read_form(data: bytes) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    with suppress(KithError, HTTPException):
        request = Request({"type": "http", "headers": headers, "app": None}, receive)
        asyncio.run(read_upload(request))


def read_body(data: bytes) -> None:
    """A body of JSON, and what a cursor, a query and a field may hold."""
    with suppress(ValueError):
        parse_json(data)
    text = data.decode("utf-8", "replace")[:_TEXT]
    with suppress(KithError):
        decode_cursor(text, (str, int))
    patterns_anywhere(text)
    patterns_in_field("phones", text)
    for parse in (Birthdate.parse, normalize_address, unicode_address, looks_like_phone):
        with suppress(ValueError):
            parse(text)
    parse_phone(text[:100], "UA")


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "vcard": lambda data: read_file("vcard", data),
    "csv": lambda data: read_file("csv", data),
    "json": lambda data: read_file("json", data),
    "form": read_form,
    "body": read_body,
}


def check(target: str, data: bytes) -> None:
    """One execution; an exception or too many calls for so few bytes is a finding."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        TARGETS[target](data)
    finally:
        sys.setprofile(None)
    assert calls <= _CALLS_OF_ONE + _CALLS_PER_BYTE * len(data), calls
