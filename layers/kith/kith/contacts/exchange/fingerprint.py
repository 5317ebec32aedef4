"""When a card is one that we know: by its uid, else by everything that it says."""

import hashlib
import json
from typing import Final

from kith.contacts.details.entities import NO_DETAILS
from kith.contacts.models import ContactColumns

# Digests are stored for years: what they are made of, and in which order, stays.
_FIELDS: Final = ("tags", "favourite", "muted", "deceased", "lead_days", "notes", "extra")


def contact_fingerprint(contact: ContactColumns, uid: str | None = None) -> bytes:
    """A SHA-256 of all fields of a contact; its own history is no part of it.

    Args:
        contact: stored, or about to be.
        uid: what the file calls the person: two who are alike stay two.
    """
    fields: list[object] = [
        contact.first_name,
        contact.last_name,
        [{"address": entry.address, "label": entry.label} for entry in contact.emails],
        *(contact.birth_year, contact.birth_month, contact.birth_day),
        *(getattr(contact, name) for name in _FIELDS),
        [(entry.number, entry.label) for entry in contact.phones],
    ]
    if contact.details != NO_DETAILS:
        fields.append(contact.details.to_json())
    content = json.dumps([uid, fields], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
