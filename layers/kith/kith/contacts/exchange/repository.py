"""What imports, exports and merges ask the database about many contacts at once."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute

from kith.birthdate import Birthdate
from kith.contacts.models import Contact, KnownCard, Merge
from kith.contacts.rows import SELECT_ROW, ContactRow, fetch_rows
from kith.errors import Conflict
from kith.json_types import JsonObject

_REMEMBER: Final = text("""
WITH cards AS (
    SELECT decode(row ->> 0, 'hex') AS digest, CAST(row ->> 1 AS integer) AS contact_id,
        row ->> 2 AS uid, CAST(row -> 3 AS jsonb) AS card, decode(row ->> 4, 'hex') AS replaces
    FROM json_array_elements(CAST(:cards AS json)) AS row
), replaced AS (
    DELETE FROM imported_cards WHERE owner_id = :owner_id AND digest IN (
        SELECT replaces FROM cards EXCEPT SELECT digest FROM cards
    )
)
INSERT INTO imported_cards (owner_id, digest, contact_id, uid, card, imported_at)
SELECT :owner_id, digest, contact_id, uid, card, :at FROM cards
ON CONFLICT (owner_id, digest) DO UPDATE SET contact_id = excluded.contact_id,
    uid = excluded.uid, card = excluded.card, imported_at = excluded.imported_at
""").bindparams(
    bindparam("owner_id", type_=Uuid),
    bindparam("cards", type_=Text),
    bindparam("at", type_=DateTime(timezone=True)),
)
_FORGET_OLDEST: Final = text("""
DELETE FROM imported_cards WHERE owner_id = :owner_id AND digest IN (
    SELECT digest FROM imported_cards WHERE owner_id = :owner_id
    ORDER BY imported_at DESC, digest OFFSET :most
)
""").bindparams(bindparam("owner_id", type_=Uuid), bindparam("most", type_=Integer))
_SHARED: Final = text("""
WITH mine AS (
    SELECT * FROM contacts WHERE owner_id = :owner_id AND deleted_at IS NULL
), keys AS (
    SELECT id, 'same_email' AS reason, lower(email ->> 'address') AS key
    FROM mine, jsonb_array_elements(emails) AS email
    UNION
    SELECT id, 'same_phone', concat_ws('x', phone ->> 'e164', phone ->> 'extension')
    FROM mine, jsonb_array_elements(phones) AS phone WHERE phone ->> 'e164' IS NOT NULL
    UNION
    SELECT id, 'same_name', sort_name FROM mine
)
SELECT keys.reason, json_agg(
    json_build_array(mine.id, mine.birth_year, mine.birth_month, mine.birth_day) ORDER BY mine.id
) AS members
FROM keys JOIN mine USING (id)
GROUP BY keys.reason, keys.key HAVING count(*) > 1
""").bindparams(bindparam("owner_id", type_=Uuid))
_LOOKED_UP_AT_ONCE: Final = 5_000

Reason = Literal["same_email", "same_phone", "same_name"]
_Item = TypeVar("_Item", str, bytes, int)


class RememberedCard(NamedTuple):
    """A card that was imported, and the contact that it became.

    Attributes:
        content: what it said, as ``exchange.remembered_card`` writes it; None: nobody knows.
        replaces: the digest of the card of the same person that a file had before, if any.
        imported_at: when its file came.
    """

    digest: bytes
    contact_id: int
    uid: str | None
    content: JsonObject | None = None
    replaces: bytes | None = None
    imported_at: datetime | None = None


class ImportRunning(Conflict):
    code = "import_running"
    detail = "Another import or merge of this address book is running; try again when it is done."


class SharedKey(NamedTuple):
    """Contacts that share something: their ids, in order, with their birthdays."""

    reason: Reason
    members: list[tuple[int, Birthdate | None]]


class ExchangeRepository:
    """One owner's contacts, many at a time."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def claim(self) -> None:
        """Keep other imports and merges of this owner away until commit.

        Raises:
            ImportRunning: one has not ended yet.
        """
        key = int.from_bytes(self._owner_id.bytes[:8], signed=True)
        if not self._connection.scalar(select(func.pg_try_advisory_xact_lock(key))):
            raise ImportRunning

    def known_cards(self, digests: Sequence[bytes]) -> dict[bytes, RememberedCard]:
        """The cards with these digests that were imported before."""
        found = self._remembered(KnownCard.digest, digests)
        return {card.digest: card for card in found}

    def cards_of_uids(self, uids: Sequence[str]) -> dict[str, list[RememberedCard]]:
        """What files said last under these uids, the newest first."""
        found: dict[str, list[RememberedCard]] = {}
        for card in self._remembered(KnownCard.uid, uids):
            found.setdefault(str(card.uid), []).append(card)
        return found

    def cards_without_uid(self, contact_ids: Sequence[int]) -> dict[int, list[RememberedCard]]:
        """What files without uids said last of these contacts, the newest first."""
        found: dict[int, list[RememberedCard]] = {}
        for card in self._remembered(KnownCard.contact_id, contact_ids, KnownCard.uid.is_(None)):
            found.setdefault(card.contact_id, []).append(card)
        return found

    def by_uid(self, uids: Sequence[str]) -> dict[str, list[int]]:
        """The living contacts that have these uids."""
        found: dict[str, list[int]] = {}
        for some in _chunks(uids):
            own = select(Contact.uid, Contact.id).where(self._living(), Contact.uid.in_(some))
            for uid, contact_id in self._connection.execute(own):
                found.setdefault(str(uid), []).append(contact_id)
        return found

    def ids_without_uid(self) -> list[int]:
        """Living contacts that no file gave a uid."""
        statement = select(Contact.id).where(self._living(), Contact.uid.is_(None))
        return list(self._connection.scalars(statement))

    def living(self) -> set[int]:
        return set(self._connection.scalars(select(Contact.id).where(self._living())))

    def count_trash(self) -> int:
        trashed = (Contact.owner_id == self._owner_id) & Contact.deleted_at.is_not(None)
        return self._connection.scalar(select(func.count()).where(trashed)) or 0

    def merged_into(self) -> dict[int, int]:
        """Losers of merges that were not undone, and who won."""
        statement = select(func.unnest(Merge.loser_ids), Merge.winner_id).where(
            Merge.owner_id == self._owner_id, Merge.undone_at.is_(None)
        )
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def with_sort_names(self, sort_names: Iterable[str]) -> list[ContactRow]:
        """Living contacts with one of these names."""
        found: list[ContactRow] = []
        for some in _chunks(sorted(set(sort_names))):
            found += self._rows(Contact.sort_name.in_(some))
        return found

    def living_after(self, contact_id: int, many: int) -> list[ContactRow]:
        """The next living contacts by id."""
        return self._rows(Contact.id > contact_id, many)

    def living_rows(self, contact_ids: Collection[int]) -> dict[int, ContactRow]:
        """Living contacts by their ids, to look at only."""
        return {row.id: row for row in self._rows(Contact.id.in_(contact_ids))}

    def shared_keys(self) -> list[SharedKey]:
        """What living contacts have in common that makes one person of two."""
        found = self._connection.execute(_SHARED, {"owner_id": self._owner_id})
        return [
            SharedKey(
                row.reason,
                [
                    (contact_id, Birthdate(*born) if born[-1] else None)
                    for contact_id, *born in row.members
                ],
            )
            for row in found
        ]

    def remember(self, cards: Iterable[RememberedCard], at: datetime) -> None:
        """Keep which card became which contact, and what it said."""
        rows = [
            (card.digest.hex(), card.contact_id, card.uid, card.content, _hex(card.replaces))
            for card in cards
        ]
        values = {"owner_id": self._owner_id, "cards": json.dumps(rows), "at": at}
        self._connection.execute(_REMEMBER, values)

    def forget(self, digest: bytes) -> None:
        """As if this card had not been imported."""
        mine = (KnownCard.owner_id == self._owner_id, KnownCard.digest == digest)
        self._connection.execute(delete(KnownCard).where(*mine))

    def forget_oldest_cards(self, most: int) -> None:
        """Remember no more than so many cards."""
        self._connection.execute(_FORGET_OLDEST, {"owner_id": self._owner_id, "most": most})

    def _remembered(
        self,
        column: InstrumentedAttribute[Any],
        values: Sequence[_Item],
        *more: ColumnElement[bool],
    ) -> Iterator[RememberedCard]:
        known = KnownCard.__table__.c
        columns = (known.digest, known.contact_id, known.uid, known.card, known.imported_at)
        for some in _chunks(values):
            mine = (KnownCard.owner_id == self._owner_id, column.in_(some), *more)
            newest = select(*columns).where(*mine).order_by(KnownCard.imported_at.desc())
            for row in self._connection.execute(newest):
                yield RememberedCard(bytes(row.digest), *row[1:4], imported_at=row.imported_at)

    def _rows(self, chosen: ColumnElement[bool], many: int | None = None) -> list[ContactRow]:
        statement = SELECT_ROW.where(self._living(), chosen).order_by(Contact.id).limit(many)
        return fetch_rows(self._connection, statement)

    def _living(self) -> ColumnElement[bool]:
        return (Contact.owner_id == self._owner_id) & Contact.deleted_at.is_(None)


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _LOOKED_UP_AT_ONCE):
        yield items[start : start + _LOOKED_UP_AT_ONCE]


def _hex(digest: bytes | None) -> str | None:
    return digest.hex() if digest else None
