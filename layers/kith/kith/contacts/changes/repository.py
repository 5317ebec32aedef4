"""One owner's changes in the database, and the snapshot that tells whether they are all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Connection, DateTime, Integer, Text, Uuid, bindparam, text

from kith.contacts.changes.tokens import SyncToken
from kith.contacts.rows import ROW_SQL, ContactRow

_UNSEEN: Final = """NOT pg_visible_in_snapshot(
    CAST(CAST(changed_in AS text) AS xid8), CAST(:known AS pg_snapshot))"""
_WHOLE: Final = f"""
SELECT CAST(NULL AS timestamptz) AS at, id, CAST(NULL AS timestamptz) AS deleted_at,
    {ROW_SQL} AS contact
FROM contacts
WHERE owner_id = :owner_id AND deleted_at IS NULL AND id > :after_id
ORDER BY id LIMIT :limit
"""  # noqa: S608 - names of our own columns, never a value
# Every transaction took the time before it committed, so the time narrows down where to look, by
# indexes that are there anyway; which rows are news is told by their transaction alone.
_CHANGED: Final = f"""
WITH changed AS (
    SELECT id, updated_at AS at, CAST(NULL AS timestamptz) AS deleted_at FROM contacts
    WHERE owner_id = :owner_id AND deleted_at IS NULL
        AND (updated_at, id) > (:start, :after_id) AND {_UNSEEN}
    UNION ALL
    SELECT id, deleted_at, deleted_at FROM contacts
    WHERE owner_id = :owner_id AND deleted_at IS NOT NULL
        AND (deleted_at, id) > (:start, :after_id) AND {_UNSEEN}
    UNION ALL
    SELECT contact_id, deleted_at, deleted_at FROM contact_tombstones
    WHERE owner_id = :owner_id AND (deleted_at, contact_id) > (:start, :after_id) AND {_UNSEEN}
), page AS (SELECT * FROM changed ORDER BY at, id LIMIT :limit)
SELECT page.at, page.id, page.deleted_at,
    CASE WHEN page.deleted_at IS NULL THEN {ROW_SQL} END AS contact
FROM page LEFT JOIN contacts ON contacts.owner_id = :owner_id AND contacts.id = page.id
ORDER BY page.at, page.id
"""  # noqa: S608 - as above


def _with_snapshot(part: str) -> str:
    return f"""
SELECT CAST(pg_current_snapshot() AS text) AS snapshot, (
    SELECT CAST(json_agg(json_build_array(at, id, deleted_at, contact)) AS text)
    FROM ({part}) AS part
) AS items_json"""  # noqa: S608 - as above


_VALUES: Final = (
    bindparam("owner_id", type_=Uuid),
    bindparam("after_id", type_=Integer),
    bindparam("limit", type_=Integer),
)
_FETCH_WHOLE: Final = text(_with_snapshot(_WHOLE)).bindparams(*_VALUES)
_FETCH_CHANGED: Final = text(_with_snapshot(_CHANGED)).bindparams(
    *_VALUES, bindparam("start", type_=DateTime(timezone=True)), bindparam("known", type_=Text)
)


class Change(NamedTuple):
    """A contact as it is now, or since when it is deleted.

    Attributes:
        at: when it was changed; ``None`` where the whole book is read.
    """

    at: datetime | None
    id: int
    deleted_at: datetime | None
    contact: ContactRow | None


class Changes(NamedTuple):
    """Some changes, in order, and what the statement could see."""

    snapshot: str
    items: Sequence[Change]


def fetch_changes(connection: Connection, owner_id: UUID, token: SyncToken, limit: int) -> Changes:
    """At most ``limit`` of the changes that whoever has the token does not know."""
    values = {"owner_id": owner_id, "after_id": token.after_id, "limit": limit}
    if token.known is None:
        row = connection.execute(_FETCH_WHOLE, values).one()
    else:
        since = {"start": token.start, "known": token.known}
        row = connection.execute(_FETCH_CHANGED, values | since).one()
    return Changes(row.snapshot, [_change(*each) for each in from_json(row.items_json or "[]")])


def _change(
    at: str | None, contact_id: int, deleted_at: str | None, contact: list[object] | None
) -> Change:
    return Change(
        datetime.fromisoformat(at) if at else None,
        contact_id,
        datetime.fromisoformat(deleted_at) if deleted_at else None,
        ContactRow.from_json(contact) if contact else None,
    )
