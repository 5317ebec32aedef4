"""From what was sent to what is stored: the columns of a contact, derived ones included.

Pure. A draft maps names of columns to values that JSON can carry; whose it is, its id and its times
are added by the repository.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from kith.birthdate import parse_birthdate
from kith.contacts.fields import Extra
from kith.contacts.phones.phone_list import PhoneList
from kith.contacts.schemas import ContactCreate, ContactUpdate, ListedPhoneWrite
from kith.contacts.search.folding import sort_key
from kith.contacts.search.text import (
    SearchSections,
    emails_text,
    more_text,
    name_text,
    phone_text,
    split_sections,
)
from kith.errors import Fault, Invalid

Draft = dict[str, Any]
ContactInput = ContactCreate | ContactUpdate

BLANK: Final[Mapping[str, Any]] = {
    "first_name": None,
    "last_name": None,
    "emails": [],
    "phones": [],
    "phones_made": 0,
    "tags": [],
    "notes": None,
    "extra": {},
    **SearchSections("", "", "", "", "").stored(),
}
_ALL: Final = frozenset(ContactCreate.model_fields)
_AS_SENT: Final = (
    "first_name",
    "last_name",
    "favourite",
    "muted",
    "deceased",
    "lead_days",
    "notes",
)
_extra: Final = TypeAdapter[dict[str, Any]](Extra)


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


def draft_contact(
    sent: ContactCreate, region: str | None, stored: Mapping[str, Any] = BLANK
) -> Draft:
    """All columns of a contact, new or in the place of the ``stored`` one.

    ``region`` is where its owner dials national numbers.
    """
    return _draft(sent, _ALL, region, stored)


def draft_patch(sent: ContactUpdate, region: str | None, stored: Mapping[str, Any]) -> Draft:
    """The columns of the ``stored`` contact that change.

    Raises:
        NameMissing: no name would be left.
    """
    return _draft(sent, sent.model_fields_set, region, stored)


def draft_phones(numbers: PhoneList, stored: Mapping[str, Any]) -> Draft:
    """The columns that change with the phones of the ``stored`` contact."""
    sections = split_sections(stored)._replace(phones=_of_numbers(numbers))
    return _phones(numbers) | sections.stored()


def draft_tags(tags: list[str], stored: Mapping[str, Any]) -> Draft:
    """The columns that change with the tags of the ``stored`` contact."""
    more = more_text(tags, stored["notes"], stored["extra"])
    sections = split_sections(stored)._replace(more=more)
    return {"tags": tags, **sections.stored()}


def _draft(
    sent: ContactInput, names: AbstractSet[str], region: str | None, stored: Mapping[str, Any]
) -> Draft:
    draft = {name: getattr(sent, name) for name in _AS_SENT if name in names}
    if "birthday" in names:
        draft |= _birthday(sent.birthday)
    if "tags" in names:
        draft["tags"] = sent.tags or []
    if "extra" in names:
        draft["extra"] = _merged_extra(sent, stored)
    if names & {"email", "emails"}:
        draft["emails"] = _emails(sent)
    sections = _sections(draft, stored)
    if names & {"phone", "phones"}:
        numbers = PhoneList(region, stored["phones"], stored["phones_made"])
        numbers.write(_phones_sent(sent))
        draft |= _phones(numbers)
        sections = sections._replace(phones=_of_numbers(numbers))
    return draft | _sorted(draft, stored) | sections.stored()


def _sections(draft: Draft, stored: Mapping[str, Any]) -> SearchSections:
    sections = split_sections(stored)
    for name in draft.keys() & {"first_name", "last_name"}:
        sections = sections._replace(**{name: name_text(draft[name])})
    if "emails" in draft:
        sections = sections._replace(emails=emails_text(draft["emails"]))
    if draft.keys() & {"tags", "notes", "extra"}:
        now = {**stored, **draft}
        more = more_text(now["tags"], now["notes"], now["extra"])
        sections = sections._replace(more=more)
    return sections


def _sorted(draft: Draft, stored: Mapping[str, Any]) -> Draft:
    if not draft.keys() & {"first_name", "last_name"}:
        return {}
    now = {**stored, **draft}
    names = [each for each in (now["first_name"], now["last_name"]) if each]
    if not names:
        raise NameMissing
    return {"sort_name": sort_key(" ".join(names))}


def _birthday(text: str | None) -> Draft:
    year, month, day = parse_birthdate(text) if text else (None, None, None)
    return {"birth_year": year, "birth_month": month, "birth_day": day}


def _merged_extra(sent: ContactInput, stored: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(sent, ContactUpdate) or sent.extra is None:
        return sent.extra or {}
    try:
        return _extra.validate_python(_merged(stored["extra"], sent.extra))
    except ValidationError:
        raise ExtraTooLarge from None


def _merged(target: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396, 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _emails(sent: ContactInput) -> list[dict[str, Any]]:
    if sent.email:
        return [{"address": sent.email, "label": None}]
    listed = {each.address: each for each in reversed(sent.emails or [])}
    return [{"address": each.address, "label": each.label} for each in reversed(listed.values())]


def _phones_sent(sent: ContactInput) -> list[ListedPhoneWrite]:
    return [ListedPhoneWrite(number=sent.phone)] if sent.phone else sent.phones or []


def _phones(numbers: PhoneList) -> Draft:
    return {"phones": numbers.listed, "phones_made": numbers.made}


def _of_numbers(numbers: PhoneList) -> str:
    return "\n".join(phone_text(each) for each in numbers.understood)
