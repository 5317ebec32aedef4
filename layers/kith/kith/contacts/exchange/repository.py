"""What imports, exports and merges ask the database about many contacts at once."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
    union_all,
)

from kith.birthdate import Birthdate
from kith.contacts.models import Contact, KnownCard, Merge
from kith.contacts.rows import SELECT_ROW, ContactRow, fetch_rows

_REMEMBER: Final = text("""
INSERT INTO imported_cards (owner_id, digest, contact_id, uid)
SELECT :owner_id, decode(card ->> 0, 'hex'), CAST(card ->> 1 AS integer), card ->> 2
FROM json_array_elements(CAST(:cards AS json)) AS card
ON CONFLICT (owner_id, digest) DO UPDATE SET contact_id = excluded.contact_id, uid = excluded.uid
""").bindparams(bindparam("owner_id", type_=Uuid), bindparam("cards", type_=Text))
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
_Item = TypeVar("_Item", str, bytes)


class RememberedCard(NamedTuple):
    """A card that was imported, and the contact that it became."""

    digest: bytes
    contact_id: int
    uid: str | None


class SharedKey(NamedTuple):
    """Contacts that share something: their ids, in order, with their birthdays."""

    reason: Reason
    members: list[tuple[int, Birthdate | None]]


class ExchangeRepository:
    """One owner's contacts, many at a time."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def claim(self) -> bool:
        """Keep other imports and merges of this owner away until commit; false: one is running."""
        key = int.from_bytes(self._owner_id.bytes[:8], signed=True)
        return bool(self._connection.scalar(select(func.pg_try_advisory_xact_lock(key))))

    def known_cards(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """The contacts that cards with these digests became."""
        found: dict[bytes, int] = {}
        for some in _chunks(digests):
            statement = select(KnownCard.digest, KnownCard.contact_id).where(
                KnownCard.owner_id == self._owner_id, KnownCard.digest.in_(some)
            )
            found |= {
                bytes(row.digest): row.contact_id for row in self._connection.execute(statement)
            }
        return found

    def by_uid(self, uids: Sequence[str]) -> dict[str, list[int]]:
        """The contacts that files call by these uids, the living first."""
        found: dict[str, list[int]] = {}
        for some in _chunks(uids):
            own = select(Contact.uid, Contact.id).where(self._living(), Contact.uid.in_(some))
            imported = select(KnownCard.uid, KnownCard.contact_id).where(
                KnownCard.owner_id == self._owner_id, KnownCard.uid.in_(some)
            )
            for uid, contact_id in self._connection.execute(union_all(own, imported)):
                found.setdefault(str(uid), []).append(contact_id)
        return found

    def ids_without_uid(self) -> list[int]:
        """Living contacts that no file gave a uid."""
        statement = select(Contact.id).where(self._living(), Contact.uid.is_(None))
        return list(self._connection.scalars(statement))

    def living(self) -> set[int]:
        return set(self._connection.scalars(select(Contact.id).where(self._living())))

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

    def remember(self, cards: Iterable[RememberedCard]) -> None:
        """Keep which card became which contact."""
        rows = [(card.digest.hex(), card.contact_id, card.uid) for card in cards]
        values = {"owner_id": self._owner_id, "cards": json.dumps(rows)}
        self._connection.execute(_REMEMBER, values)

    def _rows(self, chosen: ColumnElement[bool], many: int | None = None) -> list[ContactRow]:
        statement = SELECT_ROW.where(self._living(), chosen).order_by(Contact.id).limit(many)
        return fetch_rows(self._connection, statement)

    def _living(self) -> ColumnElement[bool]:
        return (Contact.owner_id == self._owner_id) & Contact.deleted_at.is_(None)


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _LOOKED_UP_AT_ONCE):
        yield items[start : start + _LOOKED_UP_AT_ONCE]
