"""An address book as a file that import reads back, in parts that a function may answer with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeVar

from pydantic_core import to_json
from sqlalchemy import Connection

from kith.contacts.details.entities import RelationEntry
from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card
from kith.contacts.exchange.csv.writer import csv_size, write_csv
from kith.contacts.exchange.normalizer import card_from_contact, new_uid
from kith.contacts.exchange.repository import ExchangeRepository
from kith.contacts.exchange.vcard.grammar import VcardVersionNumber
from kith.contacts.exchange.vcard.writer import write_vcards
from kith.contacts.presenter import present_contact
from kith.contacts.rows import ContactRow

_Piece = TypeVar("_Piece")

_READ_AT_ONCE: Final = 200  # the longest contact has a quarter of a megabyte


@dataclass(frozen=True, slots=True)
class ExportPart:
    """A file with all that is left of an address book, or with as much as may be answered.

    Attributes:
        content: the file.
        last_id: the last contact in it where more come after it.
    """

    content: bytes
    last_id: int | None


class Exporter:
    """One owner's living contacts, by id."""

    def __init__(self, connection: Connection, owner: Owner) -> None:
        self._repository = ExchangeRepository(connection, owner.id)
        self._owner = owner

    def vcards(self, after: int, most_bytes: int, version: VcardVersionNumber) -> ExportPart:
        def vcard(row: ContactRow) -> bytes:
            return write_vcards(self._card(row), version).encode()

        pieces, last_id = self._gather(after, most_bytes, vcard, len)
        return ExportPart(b"".join(pieces.values()), last_id)

    def csv(self, after: int, most_bytes: int) -> ExportPart:
        """Every row has as many columns as the contact with most phones and e-mails needs."""
        cards, last_id = self._gather(after, most_bytes, self._card, csv_size)
        content = write_csv([*cards.values()]).encode()
        while len(content) > most_bytes and len(cards) > 1:
            fewer = max(1, min(len(cards) - 1, len(cards) * most_bytes // len(content)))
            cards = dict(islice(cards.items(), fewer))
            content, last_id = write_csv([*cards.values()]).encode(), [*cards][-1]
        return ExportPart(content, last_id)

    def json(self, after: int, most_bytes: int) -> ExportPart:
        pieces, last_id = self._gather(after, most_bytes, self._json, lambda json: len(json) + 1)
        return ExportPart(b'{"contacts":[%b]}' % b",".join(pieces.values()), last_id)

    def _gather(
        self,
        after: int,
        most_bytes: int,
        write: Callable[[ContactRow], _Piece],
        weigh: Callable[[_Piece], int],
    ) -> tuple[dict[int, _Piece], int | None]:
        """Pieces of a file by contact, at least one, until they would be too many bytes."""
        pieces: dict[int, _Piece] = {}
        last_id, weight = after, 0
        for row in self._rows(after):
            piece = write(row)
            weight += weigh(piece)
            if pieces and weight > most_bytes:
                return pieces, last_id
            pieces[row.id] = piece
            last_id = row.id
        return pieces, None

    def _rows(self, after: int) -> Iterator[ContactRow]:
        while rows := self._repository.living_after(after, _READ_AT_ONCE):
            yield from rows
            after = rows[-1].id

    def _card(self, row: ContactRow) -> Card:
        card = card_from_contact(row, self._uid(row))
        return replace(card, details=replace(card.details, relations=_by_name(row)))

    def _json(self, row: ContactRow) -> bytes:
        shown = present_contact(row, self._owner)
        if row.details.relations:
            shown["relations"] = [_present_by_name(each) for each in row.details.relations]
        return to_json(shown | {"uid": self._uid(row)})

    def _uid(self, row: ContactRow) -> str:
        return row.uid or new_uid(self._owner.id, row.id)


def _by_name(row: ContactRow) -> tuple[RelationEntry, ...]:
    """Relations as they mean the same in another address book."""
    relations = row.details.relations
    return tuple(dict.fromkeys(replace(each, contact_id=None) for each in relations))


def _present_by_name(relation: RelationEntry) -> dict[str, str]:
    return {"kind": relation.kind, "name": relation.name}
