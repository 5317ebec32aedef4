"""Contacts as their owner sees them today: the shape of ``schemas.Contact``, ready for JSON.

A field of the schema that has the name of a column is shown as it is stored; only what follows from
the moment or has another form is named here. Plain dictionaries, because a list of a hundred is
answered in a fraction of the time that a hundred models would take; tests hold them to the schema.
"""

from operator import attrgetter
from typing import Final

from kith.calendar import occurrence
from kith.contacts.details.entities import (
    DETAIL_NAMES,
    NO_DETAILS,
    ContactDetails,
    RelationEntry,
)
from kith.contacts.entities import Owner, PhoneEntry
from kith.contacts.models import Contact, ContactColumns
from kith.contacts.rows import FieldMask
from kith.contacts.schemas import Contact as ContactSchema
from kith.etags import etag_of

ContactJson = dict[str, object]  # what the API shows of a contact

_FIELDS: Final[ContactJson] = dict.fromkeys(ContactSchema.model_fields)
_AS_STORED: Final = tuple(
    name for name in _FIELDS if name in Contact.__table__.c and name not in {"emails", "phones"}
)
_values: Final = attrgetter(*_AS_STORED)
# Lists are never null, whatever is in them.
_EMPTY_DETAILS: Final[ContactJson] = {
    name: None if getattr(NO_DETAILS, name) is None else [] for name in DETAIL_NAMES
}
_FIELDS.update(_EMPTY_DETAILS)
SHOWN_FIELDS: Final[FieldMask] = frozenset(_FIELDS) | {"deleted_at"}


def present_contact(
    contact: ContactColumns, owner: Owner, mask: FieldMask | None = None
) -> ContactJson:
    """One contact as JSON, out of the database or about to be there.

    Args:
        contact: of a short row only if ``wants_long_columns`` says so.
        owner: whose it is.
        mask: the fields that are shown; all of them if there is none.
    """
    shown = _present(contact, owner)
    return shown if mask is None else {name: shown[name] for name in shown if name in mask}


def _present(contact: ContactColumns, owner: Owner) -> ContactJson:
    shown = _FIELDS.copy()
    shown.update(zip(_AS_STORED, _values(contact), strict=True))
    emails, phones = contact.emails or (), contact.phones or ()
    if emails:
        shown["email"] = emails[0].address
    shown["emails"] = [{"address": each.address, "label": each.label} for each in emails]
    if phones:
        shown["phone"] = phones[0].e164 or phones[0].number
    shown["phones"] = [present_phone(each) for each in phones]
    if contact.details is not NO_DETAILS:
        _present_details(shown, contact.details, in_trash=contact.deleted_at is not None)
    shown["etag"] = etag_of(contact.version)
    if contact.deleted_at:
        shown["deleted_at"] = contact.deleted_at
    _present_birthday(shown, contact, owner)
    return shown


def present_phone(phone: PhoneEntry) -> ContactJson:
    """One phone as JSON."""
    return {
        "id": phone.id,
        "number": phone.number,
        "e164": phone.e164,
        "extension": phone.extension,
        "label": phone.label,
    }


def _present_details(shown: ContactJson, details: ContactDetails, *, in_trash: bool) -> None:
    for name in DETAIL_NAMES:
        value = getattr(details, name)
        shown[name] = list(value) if isinstance(value, tuple) else value
    shown["relations"] = [_present_relation(each, in_trash=in_trash) for each in details.relations]


def _present_relation(relation: RelationEntry, *, in_trash: bool) -> ContactJson:
    if relation.contact_id is None or in_trash:
        return {"kind": relation.kind, "name": relation.name}
    return {"kind": relation.kind, "contact_id": relation.contact_id}


def _present_birthday(shown: ContactJson, contact: ContactColumns, owner: Owner) -> None:
    born = contact.birthdate
    if born is None:
        return
    coming = occurrence(born.month, born.day, born.year, owner.today, owner.leap_day)
    shown["birthday"] = str(born)
    shown["age"] = coming.age
    shown["next_birthday"] = coming.next
    shown["turns"] = None if contact.deceased else coming.turns
    shown["days_until_birthday"] = coming.days
