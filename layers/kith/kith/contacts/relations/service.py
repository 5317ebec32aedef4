"""Relations between two contacts, kept in both directions.

Of two living contacts each has a relation to the other, or neither has. Who goes to the trash
remembers the others, and is a name to them until it comes back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from kith.contacts.details.entities import ContactDetails, RelationEntry
from kith.contacts.fields import MAX_DETAILS
from kith.contacts.models import Contact, ContactColumns
from kith.contacts.relations.kinds import are_inverse, inverse_kind
from kith.contacts.repository import ContactRepository
from kith.contacts.rows import ContactRow
from kith.errors import Fault, Invalid

_LONGEST_NAME: Final = 200


class RelatedContactUnknown(Invalid):
    code = "related_contact_unknown"
    detail = "A relation names a contact that is not there, or this very one."

    def __init__(self, place: int) -> None:
        super().__init__(faults=[Fault(f"/relations/{place}/contact_id", self.code, self.detail)])


class RelatedContactFull(Invalid):
    code = "related_contact_full"
    detail = "A contact that a relation names has as many relations as it can."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/relations", self.code, self.detail)])


def linked_ids(details: ContactDetails) -> set[int]:
    """The contacts that relations name by their id."""
    return {each.contact_id for each in details.relations if each.contact_id is not None}


def name_in_relations(contact: ContactColumns) -> str:
    """What the relations of others call a contact."""
    full = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return full[:_LONGEST_NAME].strip()


class RelationLinks:
    """The other contacts that one has, or had before it was changed, a relation to."""

    def __init__(
        self,
        contacts: ContactRepository,
        contact: Contact,
        before: ContactDetails,
        *,
        without: Collection[int] = (),
    ) -> None:
        """Lock the others; those in ``without`` are left as they are."""
        self._contacts = contacts
        self._contact = contact
        self._before = before
        ids = (linked_ids(before) | linked_ids(contact.details)) - set(without)
        rows = contacts.lock_many(ids) if ids else {}
        self._living = {row.id: row for row in rows.values() if row.deleted_at is None}

    def check(self, own_id: int | None) -> None:
        """Refuse relations to nobody, and to the contact itself.

        Raises:
            RelatedContactUnknown: there is such a one.
        """
        for place, entry in enumerate(self._contact.details.relations):
            is_known = entry.contact_id is None or entry.contact_id in self._living
            if not is_known or (own_id is not None and entry.contact_id == own_id):
                raise RelatedContactUnknown(place)

    def forget_absent(self, own_id: int) -> None:
        """Who is no living contact any more is a name again; the contact itself goes."""
        self._write(
            each if each.contact_id in self._living else replace(each, contact_id=None)
            for each in self._contact.details.relations
            if each.contact_id != own_id
        )

    def name_others(self) -> None:
        """Give the relations the names that the others have now."""
        names = {key: name_in_relations(row) for key, row in self._living.items()}
        self._write(
            replace(each, name=names.get(each.contact_id or 0, each.name))
            for each in self._contact.details.relations
        )

    def mirror(self, at: datetime, *, aliases: Collection[str] = ()) -> None:
        """Write the others' side of it; ``aliases`` are names that mean the contact as well.

        Raises:
            RelatedContactFull: one of them has no room for it.
        """
        names = {name_in_relations(self._contact), *aliases}
        changed = []
        for row in self._living.values():
            relations = self._mirrored(row, names)
            if relations != row.details.relations:
                changed.append(_with_relations(row, relations))
        self._contacts.save_many(changed, at)

    def _mirrored(self, row: ContactRow, names: set[str]) -> tuple[RelationEntry, ...]:
        was, now = (
            [each.kind for each in details.relations if each.contact_id == row.id]
            for details in (self._before, self._contact.details)
        )
        me, name = self._contact.id, name_in_relations(self._contact)
        gone = [kind for kind in was if kind not in now]
        relations = [
            replace(each, name=name) if each.contact_id == me else each
            for each in row.details.relations
            if each.contact_id != me or _stays(each, gone, now)
        ]
        for kind in now:
            mine = [each.kind for each in relations if each.contact_id == me]
            is_answered = any(are_inverse(kind, each) for each in mine)
            if not mine or (kind not in was and not is_answered):
                _link(relations, RelationEntry(inverse_kind(kind), name, me), names)
        return tuple(dict.fromkeys(relations))

    def _write(self, relations: Iterable[RelationEntry]) -> None:
        unique = tuple(dict.fromkeys(relations))
        if unique != self._contact.details.relations:
            self._contact.details = replace(self._contact.details, relations=unique)


def _stays(entry: RelationEntry, gone: Collection[str], now: Collection[str]) -> bool:
    """Whether the other side of a relation stays: another kind of it is not meant, or still is."""
    if not any(are_inverse(kind, entry.kind) for kind in gone):
        return bool(now)
    return any(are_inverse(kind, entry.kind) for kind in now)


def _link(relations: list[RelationEntry], entry: RelationEntry, names: Collection[str]) -> None:
    """Add a relation to a contact, in the place of one to its name where there is one."""
    for place, each in enumerate(relations):
        if each.contact_id is None and each.name in names:
            relations[place] = replace(each, name=entry.name, contact_id=entry.contact_id)
            return
    if len(relations) >= MAX_DETAILS:
        raise RelatedContactFull
    relations.append(entry)


def _with_relations(row: ContactRow, relations: Iterable[RelationEntry]) -> Contact:
    contact = row.copy()
    contact.details = replace(row.details, relations=tuple(relations))
    return contact


def unlink_trashed(
    contacts: ContactRepository,
    trashed: Mapping[int, ContactColumns],
    at: datetime,
    *,
    without: Collection[int] = (),
) -> None:
    """Contacts that go to the trash become names for those who have a relation to them."""
    linked = {other for each in trashed.values() for other in linked_ids(each.details)}
    others = linked - trashed.keys() - set(without)
    if not others:
        return
    changed = [
        _with_relations(
            row,
            (
                replace(each, contact_id=None) if each.contact_id in trashed else each
                for each in row.details.relations
            ),
        )
        for row in contacts.lock_many(others).values()
        if row.deleted_at is None and linked_ids(row.details) & trashed.keys()
    ]
    contacts.save_many(changed, at)


def relink_restored(
    contacts: ContactRepository, restored: Mapping[int, ContactColumns], at: datetime
) -> bool:
    """Contacts that come back from the trash are linked with those whom they remember.

    Returns:
        Whether rows were written, of the restored ones maybe too.
    """
    linked = {other for each in restored.values() for other in linked_ids(each.details)}
    if not linked:
        return False
    rows = contacts.lock_many(linked | restored.keys())
    relations = {key: list(row.details.relations) for key, row in rows.items()}
    for key in restored:
        for place, entry in enumerate(relations[key]):
            relinked = _relinked(entry, rows[key], rows, relations)
            other = rows.get(entry.contact_id or 0)
            if other and other.deleted_at is not None and other.id not in restored:
                relinked = replace(relinked, contact_id=None)  # it remembers that, till it is back
            relations[key][place] = relinked
    changed = [
        _with_relations(rows[key], each)
        for key, each in relations.items()
        if tuple(each) != rows[key].details.relations
    ]
    contacts.save_many(changed, at)
    return bool(changed)


def _relinked(
    entry: RelationEntry,
    contact: ContactRow,
    rows: Mapping[int, ContactRow],
    relations: Mapping[int, list[RelationEntry]],
) -> RelationEntry:
    """A relation of a restored contact; its other side is written as well."""
    if entry.contact_id is None:
        return entry
    other = rows.get(entry.contact_id)
    if other is None:
        return replace(entry, contact_id=None)
    theirs, name = relations[other.id], name_in_relations(contact)
    if not any(each.contact_id == contact.id for each in theirs):
        try:
            _link(theirs, RelationEntry(inverse_kind(entry.kind), name, contact.id), {name})
        except RelatedContactFull:
            return replace(entry, contact_id=None)
    return replace(entry, name=name_in_relations(other))
