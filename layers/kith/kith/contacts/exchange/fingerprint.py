"""When a card is one that we know: by its uid, else by everything that it says."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from kith.contacts.details.entities import NO_DETAILS, UNKNOWN_RELATION
from kith.contacts.models import ContactColumns

# Digests are stored for years: what they are made of, and in which order, stays.
_NEVER_IN_EXTRA: Final = ("how_we_met", "gift_ideas")
_FIELDS: Final = ("tags", "favourite", "muted", "deceased", "lead_days", "notes")


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
        _as_once_in_extra(contact),
        [(entry.number, entry.label) for entry in contact.phones],
    ]
    since = {name: getattr(contact.details, name) for name in _NEVER_IN_EXTRA}
    if any(since.values()):
        fields.append(since)
    content = json.dumps([uid, fields], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()


def _as_once_in_extra(contact: ContactColumns) -> Mapping[str, object]:
    """`extra`, with the details in the form in which imports kept them before they were fields."""
    details, extra = contact.details, contact.extra
    if details == NO_DETAILS:
        return extra
    once: dict[str, object] = {
        name: getattr(details, name)
        for name in ("middle_name", "name_prefix", "name_suffix", "nickname", "job_title")
    }
    once["company"] = details.organization
    once["addresses"] = [_present(asdict(each)) for each in details.addresses]
    once["urls"] = [_present({"address": each.url, "label": each.label}) for each in details.urls]
    once["messengers"] = [asdict(each) for each in details.messengers]
    once["relations"] = [
        _present({"name": each.name, "label": _said(each.kind)}) for each in details.relations
    ]
    said = _present(once)
    both = {name: [*_listed(said[name]), *_listed(extra[name])] for name in said.keys() & extra}
    return {**extra, **said, **both}


def _said(kind: str) -> str | None:
    return None if kind == UNKNOWN_RELATION else kind


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _present(members: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value}
