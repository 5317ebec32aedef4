"""What a card must become before the address book takes it.

The bounds are those of the API (`fields`). What does not fit is kept in ``extra`` and named in
the report; nobody is turned away because of one value.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from pydantic import TypeAdapter, ValidationError

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.card_builder import ExtraBuilder
from kith.contacts.exchange.details_normalizer import details_payload, fit_details
from kith.contacts.exchange.line_texts import CONTROL, CONTROL_IN_TEXT, one_line
from kith.contacts.fields import (
    MAX_EMAILS,
    MAX_PHONES,
    MAX_TAGS,
    ContactLeadDays,
    EmailText,
    PhoneText,
    Tag,
    has_ink,
)
from kith.contacts.models import ContactColumns
from kith.contacts.schemas import ContactCreate, EmailWrite, ListedPhoneWrite

_LONGEST_NAME: Final = 200
_LONGEST_LABEL: Final = 50
_LONGEST_NOTES: Final = 10_000
_LONGEST_UID: Final = 200
_LONGEST_KEY: Final = 100
_MOST_KEYS: Final = 100
_LARGEST_EXTRA: Final = 16_384  # characters of JSON
_LARGEST_NUMBER: Final = 2**53
_DEEPEST: Final = 6

_email: Final = TypeAdapter[str](EmailText)
_phone: Final = TypeAdapter[str](PhoneText)
_tag: Final = TypeAdapter[str](Tag)
_lead_days: Final = TypeAdapter[list[int]](ContactLeadDays)


class NormalizedCard(NamedTuple):
    """What becomes of a card.

    Attributes:
        contact: what the address book takes; None: ``card.failure`` says why.
        card: as it was taken, with a remark on everything that was changed.
    """

    contact: ContactCreate | None
    card: Card


def normalize_card(card: Card, today: date) -> NormalizedCard:
    """Make a contact of a card, inside the bounds of the API.

    Args:
        card: what was read.
        today: the owner's; nobody is born after it.
    """
    if card.failure:
        return NormalizedCard(None, card)
    card = _without_future_birthday(card, today)
    try:
        return NormalizedCard(_validated(card), card)
    except ValidationError:
        return _normalize_fitted(_fit(card))


def _normalize_fitted(card: Card) -> NormalizedCard:
    if not card.first_name and not card.last_name:
        return NormalizedCard(None, replace(card, failure="no_name"))
    try:
        return NormalizedCard(_validated(card), card)
    except ValidationError:
        return NormalizedCard(None, replace(card, failure="not_acceptable"))


def _without_future_birthday(card: Card, today: date) -> Card:
    if card.birthday is None or not card.birthday.is_after(today):
        return card
    aside = ExtraBuilder(card.extra, *card.remarks)
    aside.keep("birthday", str(card.birthday))
    aside.remark("birthday_in_the_future")
    return replace(card, birthday=None, extra=aside.extra, remarks=aside.remarks)


def _validated(card: Card) -> ContactCreate:
    extra: dict[str, Any] = dict(card.extra)
    return ContactCreate(
        first_name=card.first_name or None,
        last_name=card.last_name or None,
        emails=[EmailWrite(address=each.value, label=each.label) for each in card.emails],
        phones=[ListedPhoneWrite(number=each.value, label=each.label) for each in card.phones],
        birthday=card.birthday,
        tags=list(card.tags),
        favourite=card.favourite,
        muted=card.muted,
        deceased=card.deceased,
        lead_days=None if card.lead_days is None else list(card.lead_days),
        notes=card.notes or None,
        extra=extra,
        **details_payload(card.details),
    )


def _fit(card: Card) -> Card:
    """The card with each field inside its bounds; what does not fit is put aside in `extra`."""
    aside = ExtraBuilder(card.extra, *card.remarks)
    tags = [LabelledValue(one_line(each)) for each in card.tags]
    fitted = replace(
        card,
        first_name=_fit_name(card.first_name, "first_name", aside),
        last_name=_fit_name(card.last_name, "last_name", aside),
        emails=_sort_out(_fit_labelled(card.emails, aside), "emails", aside, _email, MAX_EMAILS),
        phones=_sort_out(_fit_labelled(card.phones, aside), "phones", aside, _phone, MAX_PHONES),
        tags=tuple(each.value for each in _sort_out(tags, "tags", aside, _tag, MAX_TAGS)),
        lead_days=_fit_lead_days(card.lead_days, aside),
        notes=_fit_notes(card.notes, aside),
        details=fit_details(card.details, aside),
    )
    return replace(fitted, extra=_fit_extra(aside), remarks=aside.remarks)


def _fit_name(name: str, field: str, aside: ExtraBuilder) -> str:
    text = one_line(name)
    if not has_ink(text):
        return ""
    if len(text) > _LONGEST_NAME:
        aside.keep(f"{field}_in_full", text)
        aside.remark("name_shortened")
    return text[:_LONGEST_NAME].strip()


def _fit_labelled(values: Iterable[LabelledValue], aside: ExtraBuilder) -> list[LabelledValue]:
    return [LabelledValue(one_line(each.value), _fit_label(each.label, aside)) for each in values]


def _sort_out(
    values: Iterable[LabelledValue],
    field: str,
    aside: ExtraBuilder,
    kind: TypeAdapter[str],
    most: int,
) -> tuple[LabelledValue, ...]:
    """Those that are what they claim to be, as many as there may be."""
    kept: list[LabelledValue] = []
    for each in values:
        if len(kept) < most and _is_valid(kind, each.value):
            kept.append(each)
        else:
            aside.keep_in_list(field, each._asdict() if each.label else each.value)
            aside.remark(f"{field}_kept_in_extra")
    return tuple(kept)


def _is_valid(kind: TypeAdapter[Any], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


def _fit_label(label: str | None, aside: ExtraBuilder) -> str | None:
    text = one_line(label or "")
    if len(text) > _LONGEST_LABEL:
        aside.keep_in_list("labels", text)
        aside.remark("label_shortened")
    return text[:_LONGEST_LABEL].strip() or None


def _fit_lead_days(days: tuple[int, ...] | None, aside: ExtraBuilder) -> tuple[int, ...] | None:
    if days is None or _is_valid(_lead_days, list(days)):
        return days
    aside.keep("lead_days", list(days))
    aside.remark("lead_days_kept_in_extra")
    return None


def _fit_notes(notes: str, aside: ExtraBuilder) -> str:
    text = CONTROL_IN_TEXT.sub("", notes)
    if len(text) > _LONGEST_NOTES:
        aside.keep("more_notes", text[_LONGEST_NOTES:])
        aside.remark("notes_shortened")
    return text[:_LONGEST_NOTES]


def _fit_extra(aside: ExtraBuilder) -> dict[str, object]:
    """What fits of it; the largest goes first: a photo in a foreign property, a whole web page."""
    extra = _storable_object(aside.extra, 0)
    sizes = {key: len(json.dumps({key: extra[key]}, ensure_ascii=False)) for key in extra}
    size = sum(sizes.values())
    for key in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if size <= _LARGEST_EXTRA and len(extra) <= _MOST_KEYS:
            break
        del extra[key]
        size -= sizes[key]
        aside.remark("extra_shortened")
    return extra


def _storable_object(members: Mapping[str, object], depth: int) -> dict[str, object]:
    pairs = ((one_line(key)[:_LONGEST_KEY], value) for key, value in members.items())
    return {key: _storable(value, depth + 1) for key, value in pairs}


def _storable(value: object, depth: int) -> object:
    if isinstance(value, str):
        return CONTROL_IN_TEXT.sub("", value)
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return CONTROL.sub("", json.dumps(value))
    if isinstance(value, dict):
        return _storable_object(value, depth)
    if isinstance(value, list):
        return [_storable(each, depth + 1) for each in value]
    if isinstance(value, int | float) and not -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER:
        return str(value)  # NaN too
    return value


def card_from_contact(contact: ContactColumns, uid: str | None = None) -> Card:
    """The card of a contact that the address book holds."""
    return Card(
        line=1,
        uid=uid,
        first_name=contact.first_name or "",
        last_name=contact.last_name or "",
        emails=tuple(LabelledValue(entry.address, entry.label) for entry in contact.emails),
        phones=tuple(LabelledValue(entry.number, entry.label) for entry in contact.phones),
        birthday=contact.birthdate,
        tags=tuple(contact.tags),
        favourite=contact.favourite,
        muted=contact.muted,
        deceased=contact.deceased,
        lead_days=None if contact.lead_days is None else tuple(contact.lead_days),
        notes=contact.notes or "",
        details=contact.details,
        extra=contact.extra,
        photo_url=contact.photo_url,
        revised_at=_whole_seconds(contact.updated_at),
    )


def _whole_seconds(at: datetime | None) -> datetime | None:
    """A contact that is not stored yet has no such moment."""
    return at.replace(microsecond=0) if at else None


def new_uid(owner_id: UUID, contact_id: int) -> str:
    """The uid of a contact that no file gave one: always the same, and nobody can read it."""
    return f"urn:uuid:{uuid5(owner_id, str(contact_id))}"


def stored_uid(card: Card) -> str | None:
    """The card's uid as it is stored: of a bounded length, without what cannot be stored."""
    uid = one_line(card.uid or "")
    if len(uid) <= _LONGEST_UID:
        return uid or None
    return hashlib.sha256(uid.encode()).hexdigest()
