"""From a request to a contact: what a payload names is written to the attributes.

Pure. A field of the schema that has the name of a column is stored as it was sent; only what has
rules of its own is named here. What follows from the rest is no business of this module: a contact
derives it whenever it is written.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from kith.contacts.details.entities import DETAIL_ENTRIES, DETAIL_NAMES, RelationEntry
from kith.contacts.entities import EmailEntry
from kith.contacts.fields import Extra
from kith.contacts.models import Contact
from kith.contacts.phones.phone_list import PhoneNumbers
from kith.contacts.schemas import ContactCreate, ContactUpdate, ListedPhoneWrite
from kith.errors import Fault, Invalid

ContactPayload = ContactCreate | ContactUpdate

_ALL: Final = frozenset(ContactCreate.model_fields)
_AS_SENT: Final = _ALL.intersection(Contact.__table__.c.keys()) - {
    *("emails", "phones", "tags", "extra")
}
_OF_DETAILS: Final = frozenset(DETAIL_NAMES)
_extra: Final = TypeAdapter[dict[str, JsonValue]](Extra)


class NameMissing(Invalid):
    code = "name_missing"
    detail = "At least one of first_name and last_name is needed."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/first_name", self.code, self.detail)])


class ExtraTooLarge(Invalid):
    code = "extra_too_large"
    detail = "With this, extra would hold more than it can."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/extra", self.code, self.detail)])


def new_contact(payload: ContactCreate, region: str | None) -> Contact:
    """A contact that is not stored yet; ``region`` is where its owner dials national numbers."""
    contact = Contact()
    _write(contact, payload, _ALL, region)
    return contact


def apply_replacement(contact: Contact, payload: ContactCreate, region: str | None) -> None:
    """Write every field: what is left out is emptied; phones keep their ids."""
    _write(contact, payload, _ALL, region)


def apply_update(contact: Contact, payload: ContactPayload, region: str | None) -> None:
    """Write the fields that were sent.

    Raises:
        NameMissing: no name would be left.
        ExtraTooLarge: ``extra`` would outgrow its bounds.
    """
    _write(contact, payload, payload.model_fields_set, region)


def _write(
    contact: Contact, payload: ContactPayload, names: AbstractSet[str], region: str | None
) -> None:
    for name in _AS_SENT & names:
        setattr(contact, name, getattr(payload, name))
    if "birthday" in names:
        contact.birthdate = payload.birthday
    if "tags" in names:
        contact.tags = payload.tags or []
    if "extra" in names:
        contact.extra = _extra_after(contact.extra, payload)
    _write_details(contact, payload, _OF_DETAILS & names)
    if names & {"email", "emails"}:
        contact.emails = _emails(payload)
    if names & {"phone", "phones"}:
        write_phones(contact, _phones(payload), region)
    if not contact.first_name and not contact.last_name:
        raise NameMissing


def _write_details(contact: Contact, payload: ContactPayload, names: AbstractSet[str]) -> None:
    written = {name: _detail(payload, name) for name in names}
    if "relations" in written:
        known = {each.contact_id: each.name for each in contact.details.relations}
        written["relations"] = tuple(_named(each, known) for each in written["relations"])
    contact.details = replace(contact.details, **written)


def _named(entry: RelationEntry, known: Mapping[int | None, str]) -> RelationEntry:
    """A relation to another contact, with the name that is known of it; a new one has none yet."""
    if entry.contact_id is None:
        return entry
    return replace(entry, name=known.get(entry.contact_id, ""))


def write_phones(
    contact: Contact, payload: list[ListedPhoneWrite], region: str | None
) -> list[int]:
    """Put a list of numbers in the place of a contact's phones; returns the ids that they have."""
    numbers = PhoneNumbers(region, contact.phones, contact.phones_made)
    ids = numbers.write(payload)
    contact.phones, contact.phones_made = numbers.entries, numbers.made
    return ids


def _detail(payload: ContactPayload, name: str) -> Any:
    """A detail as it is stored, each entry of a list once."""
    value = getattr(payload, name)
    if name not in DETAIL_ENTRIES:
        return tuple(value or ()) if name == "gift_ideas" else value
    entries = [DETAIL_ENTRIES[name](**each.model_dump()) for each in value or ()]
    return tuple(dict.fromkeys(entries))


def _emails(payload: ContactPayload) -> tuple[EmailEntry, ...]:
    """Each address once, where it first stands and with its first label."""
    if payload.email:
        return (EmailEntry(payload.email),)
    labels: dict[str, str | None] = {}
    for email in payload.emails or []:
        labels.setdefault(email.address, email.label)
    return tuple(EmailEntry(address, label) for address, label in labels.items())


def _phones(payload: ContactPayload) -> list[ListedPhoneWrite]:
    return [ListedPhoneWrite(number=payload.phone)] if payload.phone else payload.phones or []


def _extra_after(stored: Mapping[str, object], payload: ContactPayload) -> Mapping[str, object]:
    if not isinstance(payload, ContactUpdate) or payload.extra is None:
        return payload.extra or {}
    try:
        return _extra.validate_python(_merge_patch(stored, payload.extra))
    except ValidationError:
        raise ExtraTooLarge from None


def _merge_patch(target: object, patch: object) -> object:
    """JSON Merge Patch (RFC 7396, 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge_patch(result.get(key), value)
    return result
