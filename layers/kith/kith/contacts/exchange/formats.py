"""The kinds of file that people bring, by the name of their content."""

from collections.abc import Iterator
from typing import Final

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.csv.reader import read_csv
from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.encodings import decode_text
from kith.contacts.exchange.json_format import read_json
from kith.contacts.exchange.vcard.reader import read_vcards
from kith.errors import TooLarge, UnsupportedMedia

_UNKNOWN: Final = FileOrigin()
_VCARD: Final = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_CSV: Final = frozenset({"text/csv", "text/comma-separated-values", "application/csv"})
_JSON: Final = "application/json"


class FormatUnknown(UnsupportedMedia):
    detail = "We import text/vcard, text/csv and application/json."


class TooManyCards(TooLarge):
    code = "too_many_cards"
    detail = "The file holds more people than one import takes; split it."


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
    kind, _, parameters = content_type.partition(";")
    text = decode_text(body, declared=_charset(parameters), region=origin.region)
    for number, card in enumerate(_cards(text, kind.strip().lower(), origin, most), 1):
        if number > most:
            raise TooManyCards
        yield card


def _cards(text: str, kind: str, origin: FileOrigin, most: int) -> Iterator[Card]:
    if kind in _VCARD:
        return read_vcards(text, origin)
    if kind in _CSV:
        return read_csv(text, origin, most=most)
    if kind == _JSON:
        return read_json(text)
    raise FormatUnknown


def _charset(parameters: str) -> str | None:
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"') or None
    return None
