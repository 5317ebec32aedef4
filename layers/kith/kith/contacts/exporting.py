"""An address book as a file that import reads back, in parts that a function may answer with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row

from kith.contacts import answers
from kith.contacts.answers import as_json
from kith.contacts.exchange import csv_writer, vcard_writer
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.vcard_writer import Version
from kith.contacts.exchange_repository import ExchangeRepository
from kith.contacts.fitting import card_of, uid_for
from kith.contacts.owner import Owner

_Piece = TypeVar("_Piece")

_READ_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file with all that is left of an address book, or with as much as may be answered.

    Attributes:
        content: the file.
        last_id: the last contact in it where more come after it.
    """

    content: bytes
    last_id: int | None


class Export:
    """One owner's living contacts, by id."""

    def __init__(self, connection: Connection, owner: Owner) -> None:
        self._book = ExchangeRepository(connection, owner.id)
        self._owner = owner

    def vcards(self, after: int, most_bytes: int, version: Version) -> Part:
        def written(row: Row[Any]) -> bytes:
            return vcard_writer.write(self._card(row), version).encode()

        pieces, last_id = self._gather(after, most_bytes, written, len)
        return Part(b"".join(pieces), last_id)

    def csv(self, after: int, most_bytes: int) -> Part:
        cards, last_id = self._gather(after, most_bytes, self._card, csv_writer.weight)
        return Part(csv_writer.write(cards).encode(), last_id)

    def json(self, after: int, most_bytes: int) -> Part:
        pieces, last_id = self._gather(after, most_bytes, self._shown, len)
        return Part(b'{"contacts":[' + b",".join(pieces) + b"]}", last_id)

    def _gather(
        self,
        after: int,
        most_bytes: int,
        write: Callable[[Row[Any]], _Piece],
        weigh: Callable[[_Piece], int],
    ) -> tuple[list[_Piece], int | None]:
        """Pieces of a file, at least one, until they would be too many bytes."""
        pieces: list[_Piece] = []
        last_id, weight = after, 0
        for row in self._rows(after):
            piece = write(row)
            weight += weigh(piece)
            if pieces and weight > most_bytes:
                return pieces, last_id
            pieces.append(piece)
            last_id = row.id
        return pieces, None

    def _rows(self, after: int) -> Iterator[Row[Any]]:
        while rows := self._book.living_after(after, _READ_AT_ONCE):
            yield from rows
            after = rows[-1].id

    def _card(self, row: Row[Any]) -> Card:
        return card_of(row._asdict(), self._uid(row))

    def _shown(self, row: Row[Any]) -> bytes:
        return as_json(answers.contact(row, self._owner) | {"uid": self._uid(row)})

    def _uid(self, row: Row[Any]) -> str:
        return row.uid or uid_for(self._owner.id, row.id)
