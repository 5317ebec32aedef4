"""The kinds of file that people bring: by the name of their content, else by the content itself."""

import re
from collections.abc import Iterator
from typing import Final

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.csv.reader import (
    CsvHeaderUnknown,
    csv_day_first,
    csv_mapping,
    read_csv,
)
from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.encodings import decode_text
from kith.contacts.exchange.json_format import read_json
from kith.contacts.exchange.schemas import Format
from kith.contacts.exchange.vcard.reader import read_vcards
from kith.errors import TooLarge, UnsupportedMedia

_UNKNOWN: Final = FileOrigin()
_FORMATS: Final[dict[str, Format]] = {
    **dict.fromkeys(("text/vcard", "text/x-vcard", "text/directory"), "vcard"),
    **dict.fromkeys(("text/csv", "text/comma-separated-values", "application/csv"), "csv"),
    "application/json": "json",
}
# What programs say that do not know, or that know only which program opens such files.
_SAYS_NOTHING: Final = frozenset(
    {"", "text/plain", "application/octet-stream", "application/vnd.ms-excel"}
)
_VCARD_BEGINS: Final = re.compile(r"\s*BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE)
_JSON_BEGINS: Final = re.compile(r"\s*[\[{]")
_LOOKED_AT: Final = 100_000  # characters of a file, to find out what it is


class FormatUnknown(UnsupportedMedia):
    detail = "We import vCard, CSV and our own JSON; save a spreadsheet as CSV first."


class TooManyCards(TooLarge):
    code = "too_many_cards"
    detail = "The file holds more people than one import takes; split it."


def detect_format(body: bytes, content_type: str, origin: FileOrigin = _UNKNOWN) -> Format:
    """What a file is: as its content type says, or where that says nothing as it begins.

    Raises:
        FormatUnknown: no kind of file that we read.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _FORMATS:
        return _FORMATS[kind]
    if kind not in _SAYS_NOTHING:
        raise FormatUnknown
    text = decode_text(body[:_LOOKED_AT], declared=_charset(content_type), region=origin.region)
    text = text.removeprefix("\ufeff")
    if _VCARD_BEGINS.match(text):
        return "vcard"
    if _JSON_BEGINS.match(text):
        return "json"
    try:
        next(read_csv(text, origin, most=1), None)
    except CsvHeaderUnknown:
        raise FormatUnknown from None
    return "csv"


def read_cards(
    body: bytes, content_type: str, origin: FileOrigin = _UNKNOWN, *, most: int
) -> Iterator[Card]:
    """The people of a file.

    Args:
        body: the file.
        content_type: what it is said to be, with its ``charset`` if that is said too.
        origin: what is known of where it comes from.
        most: how many people it may hold.

    Raises:
        FormatUnknown: no kind of file that we read.
        TooManyCards: more than ``most``.
        Unreadable, Invalid: the file as a whole is not what it is said to be.
    """
    found = detect_format(body, content_type, origin)
    text = decode_text(body, declared=_charset(content_type), region=origin.region)
    for number, card in enumerate(_cards(text, found, origin, most), 1):
        if number > most:
            raise TooManyCards
        yield card


def read_piece(body: bytes, form: Format, origin: FileOrigin) -> list[Card]:
    """The people of a piece of a large file, which has whole cards of this format.

    Raises:
        Unreadable, Invalid: the piece is not what it is said to be.
    """
    text = decode_text(body, region=origin.region)
    return list(_cards(text, form, origin, len(body)))


def proven_day_first(body: bytes, form: Format, origin: FileOrigin) -> bool | None:
    """Whether the dates of CSV prove that the day comes first, or the month; None: they do not."""
    return csv_day_first(decode_text(body, region=origin.region), origin) if form == "csv" else None


def mapping_of_file(body: bytes, content_type: str, origin: FileOrigin) -> dict[str, str] | None:
    """What each column of CSV is taken for, by its header; None for another kind of file."""
    if detect_format(body, content_type, origin) != "csv":
        return None
    text = decode_text(body[:_LOOKED_AT], declared=_charset(content_type), region=origin.region)
    return csv_mapping(text, origin)


def _cards(text: str, found: Format, origin: FileOrigin, most: int) -> Iterator[Card]:
    if found == "vcard":
        return read_vcards(text, origin)
    return read_csv(text, origin, most=most) if found == "csv" else read_json(text)


def _charset(content_type: str) -> str | None:
    for each in content_type.split(";")[1:]:
        name, _, value = each.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"') or None
    return None
