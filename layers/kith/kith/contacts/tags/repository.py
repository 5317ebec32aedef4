"""One owner's tags in the database: which there are, and whose they are."""

from typing import Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Connection, Integer, Text, Uuid, bindparam, func, or_, select, text

from kith.contacts.models import Contact

_COUNTED: Final = text("""
SELECT json_agg(json_build_array(name, many, key) ORDER BY key COLLATE "C")::text
FROM (
    SELECT tag.key, count(*) AS many, (array_agg(tag.name ORDER BY id))[1] AS name
    FROM contacts, unnest(tags, tag_keys) AS tag (name, key)
    WHERE owner_id = :owner_id AND deleted_at IS NULL AND tag_keys IS NOT NULL
        AND tag.key COLLATE "C" > :after
    GROUP BY tag.key ORDER BY tag.key COLLATE "C" LIMIT :limit OFFSET :skip
) AS page
""").bindparams(
    bindparam("owner_id", type_=Uuid),
    bindparam("after", type_=Text),
    bindparam("limit", type_=Integer),
    bindparam("skip", type_=Integer),
)


class CountedTag(NamedTuple):
    """A tag in its oldest spelling, how many living contacts have it, and its key."""

    name: str
    many: int
    key: str


class TagRepository:
    """One owner's tags. Nobody else's can be reached from here."""

    def __init__(self, connection: Connection, owner_id: UUID) -> None:
        self._connection = connection
        self._owner_id = owner_id

    def counted(self, after: str, *, skip: int, limit: int) -> list[CountedTag]:
        """At most ``limit`` tags of living contacts behind a key, in the order of their keys."""
        values = {"owner_id": self._owner_id, "after": after, "skip": skip, "limit": limit}
        return [
            CountedTag(*row) for row in from_json(self._connection.scalar(_COUNTED, values) or "[]")
        ]

    def contact_ids(self, *keys: str) -> list[int]:
        """The contacts with one of these tags, in the trash too, in order."""
        having = or_(*(Contact.tag_keys.any_() == key for key in keys))
        statement = select(Contact.id).where(Contact.owner_id == self._owner_id, having)
        return list(self._connection.scalars(statement.order_by(Contact.id)))

    def count(self, key: str) -> int:
        """How many living contacts have a tag."""
        statement = select(func.count()).where(
            Contact.owner_id == self._owner_id,
            Contact.deleted_at.is_(None),
            Contact.tag_keys.any_() == key,
        )
        return self._connection.scalar(statement) or 0
