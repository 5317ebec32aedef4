"""What imports put into ``extra`` before contacts had fields for it becomes those fields.

In batches that are committed one by one; one that is run again finds what is left. What does not
have the form that imports gave it, or does not fit, stays in ``extra``.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from kith.contacts.details.entities import ContactDetails
from kith.contacts.entities import EmailEntry, PhoneEntry
from kith.contacts.exchange.card_builder import ExtraBuilder
from kith.contacts.exchange.details_normalizer import fit_details
from kith.contacts.models import Contact

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BATCH: Final = 1000
_TEXTS: Final = {
    "middle_name": "middle_name",
    "name_prefix": "name_prefix",
    "name_suffix": "name_suffix",
    "nickname": "nickname",
    "company": "organization",
    "job_title": "job_title",
}
_STREET: Final = ("street", "extended", "po_box")
_PLACE: Final = ("label", "city", "region", "postal_code", "country")
_LISTS: Final = ("addresses", "urls", "messengers", "relations")
_FOUND: Final = sa.text("""
SELECT owner_id, id, first_name, last_name, emails, phones, tags, notes, extra
FROM contacts
WHERE (owner_id, id) > (:owner_id, :id) AND details IS NULL AND extra ?| CAST(:keys AS text[])
ORDER BY owner_id, id LIMIT :batch
""").bindparams(sa.bindparam("owner_id", type_=sa.Uuid))
_MOVE: Final = sa.text("""
UPDATE contacts SET extra = moved.extra, details = moved.details, search = moved.search,
    search_long = moved.search_long, version = contacts.version + 1
FROM json_to_recordset(CAST(:rows AS json)) AS moved(owner_id uuid, id integer, extra jsonb,
    details jsonb, search text, search_long text, was jsonb)
WHERE contacts.owner_id = moved.owner_id AND contacts.id = moved.id AND contacts.extra = moved.was
""")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        move_details(op.get_bind())


def move_details(connection: sa.Connection) -> None:
    for rows in _batches(connection):
        moved = [values for row in rows if (values := _moved(row))]
        if moved:
            connection.execute(_MOVE, {"rows": json.dumps(moved)})


def _batches(connection: sa.Connection) -> Iterator[list[sa.Row[Any]]]:
    after = {"owner_id": UUID(int=0), "id": 0}
    keys = [*_TEXTS, *_LISTS]
    while rows := connection.execute(_FOUND, {**after, "keys": keys, "batch": _BATCH}).all():
        yield list(rows)
        after = {"owner_id": rows[-1].owner_id, "id": rows[-1].id}


def _moved(row: sa.Row[Any]) -> dict[str, Any] | None:
    """The columns of a contact afterwards; None where nothing moves."""
    details, rest = details_of(row.extra)
    if details == ContactDetails():
        return None
    contact = Contact(
        first_name=row.first_name,
        last_name=row.last_name,
        emails=tuple(EmailEntry(**entry) for entry in row.emails),
        phones=tuple(PhoneEntry(**entry) for entry in row.phones),
        tags=row.tags,
        notes=row.notes,
        details=details,
        extra=rest,
    )
    contact.derive()
    return {
        "owner_id": str(row.owner_id),
        "id": row.id,
        "was": row.extra,
        "extra": rest,
        "details": details.to_json(),
        "search": contact.search,
        "search_long": contact.search_long,
    }


def details_of(extra: Mapping[str, Any]) -> tuple[ContactDetails, dict[str, Any]]:
    """The details that imports left in ``extra``, and ``extra`` without them."""
    rest = dict(extra)
    found: dict[str, Any] = {}
    for key, name in _TEXTS.items():
        first, *others = _listed(extra.get(key))
        if isinstance(first, str) and first.strip():
            found[name] = first
            _replace(rest, key, others[0] if len(others) == 1 else others)
    for key in _LISTS:
        items = [(item, _entry(key, item)) for item in _listed(extra.get(key))]
        entries = [entry for _, entry in items if entry]
        if entries:
            found[key] = entries
            _replace(rest, key, [item for item, entry in items if item is not None and not entry])
    aside = ExtraBuilder(rest)
    return fit_details(ContactDetails.from_json(found), aside), aside.extra


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) and value else [value]


def _replace(rest: dict[str, Any], key: str, left: object) -> None:
    if left:
        rest[key] = left
    else:
        rest.pop(key, None)


def _entry(key: str, item: object) -> dict[str, str] | None:
    """An item in the form of a field, if it has the form that imports gave it."""
    if not isinstance(item, dict) or not all(isinstance(each, str) for each in item.values()):
        return None
    if key == "addresses" and item.keys() <= {*_STREET, *_PLACE}:
        street = "\n".join(item[part] for part in _STREET if item.get(part))
        place = {part: item[part] for part in _PLACE if item.get(part)}
        return place | ({"street": street} if street else {})
    if key == "urls" and item.keys() <= {"address", "label"}:
        return {"url": item.get("address", ""), **_label(item, "label")}
    if key == "messengers" and item.keys() == {"service", "handle"}:
        return {"service": item["service"] or "other", "handle": item["handle"]}
    if key == "relations" and item.keys() <= {"name", "label"} and item.get("name"):
        return {"kind": item.get("label") or "contact", "name": item["name"]}
    return None


def _label(item: Mapping[str, str], key: str) -> dict[str, str]:
    return {key: item[key]} if item.get(key) else {}
