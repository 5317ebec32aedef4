"""What imports, exports and merges ask the database about many contacts at once."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Row,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
    union_all,
)

from kith.contacts.mapper import Draft
from kith.contacts.models import Contact, KnownCard, Merge
from kith.contacts.repository import SHOWN_COLUMNS, LockedRow

_CHANGED: Final = (
    "first_name, last_name, emails, phones, phones_made, birth_year, birth_month, birth_day,"
    " tags, favourite, muted, deceased, lead_days, notes, extra, sort_name,"
    " search, search_long"
)
_FROM_DRAFT: Final = ", ".join(f"draft.{name.strip()}" for name in _CHANGED.split(","))
_CHANGE: Final = text(f"""
UPDATE contacts SET ({_CHANGED}) = ROW({_FROM_DRAFT}),
    version = contacts.version + 1, updated_at = :at
FROM json_populate_recordset(CAST(NULL AS contacts), CAST(:drafts AS json)) AS draft
WHERE contacts.owner_id = :owner_id AND contacts.id = draft.id
""").bindparams(  # noqa: S608 - made of constants
    bindparam("owner_id", type_=Uuid),
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("drafts", type_=Text),
)
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
BirthdateColumns = tuple[int | None, int | None, int | None]


class RememberedCard(NamedTuple):
    """A card that was taken, and what became of it."""

    digest: bytes
    contact_id: int
    uid: str | None


class SharedKey(NamedTuple):
    """Contacts that share something, by id, with their birthdays (year, month, day)."""

    reason: Reason
    ids: list[int]
    birthdays: list[BirthdateColumns]


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

    def alike(self, sort_names: Iterable[str]) -> list[LockedRow]:
        """Living contacts with one of these names, with all their columns."""
        found: list[LockedRow] = []
        for some in _chunks(sorted(set(sort_names))):
            statement = (
                select(Contact)
                .where(self._living(), Contact.sort_name.in_(some))
                .order_by(Contact.id)
            )
            found.extend(row._asdict() for row in self._connection.execute(statement))
        return found

    def living_after(self, contact_id: int, many: int) -> list[Row[Any]]:
        """The next living contacts by id, with all their columns."""
        statement = (
            select(Contact)
            .where(self._living(), Contact.id > contact_id)
            .order_by(Contact.id)
            .limit(many)
        )
        return list(self._connection.execute(statement))

    def shared(self) -> list[SharedKey]:
        """What living contacts have in common that makes one person of two."""
        found = self._connection.execute(_SHARED, {"owner_id": self._owner_id})
        return [_shared(row.reason, row.members) for row in found]

    def shown(self, contact_ids: Collection[int]) -> list[Row[Any]]:
        """Living contacts, as they are shown."""
        statement = select(*SHOWN_COLUMNS).where(self._living(), Contact.id.in_(contact_ids))
        return list(self._connection.execute(statement))

    def whole(self, contact_ids: Collection[int]) -> dict[int, LockedRow]:
        """Living contacts by id, with all their columns, to look at only."""
        statement = select(Contact).where(self._living(), Contact.id.in_(contact_ids))
        return {row.id: row._asdict() for row in self._connection.execute(statement)}

    def change(self, drafts: Sequence[Draft], at: datetime) -> None:
        """Write many contacts, which are locked; each draft has its ``id`` and all columns."""
        facts = {"owner_id": self._owner_id, "at": at, "drafts": json.dumps(drafts)}
        self._connection.execute(_CHANGE, facts)

    def remember(self, cards: Sequence[RememberedCard]) -> None:
        """Keep which card became which contact."""
        told = [(each.digest.hex(), each.contact_id, each.uid) for each in cards]
        facts = {"owner_id": self._owner_id, "cards": json.dumps(told)}
        self._connection.execute(_REMEMBER, facts)

    def _living(self) -> ColumnElement[bool]:
        return (Contact.owner_id == self._owner_id) & Contact.deleted_at.is_(None)


def _shared(reason: Reason, members: list[list[Any]]) -> SharedKey:
    birthdays = [(year, month, day) for _, year, month, day in members]
    return SharedKey(reason, [each[0] for each in members], birthdays)


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), _LOOKED_UP_AT_ONCE):
        yield items[start : start + _LOOKED_UP_AT_ONCE]
