"""What a card must become before the address book takes it.

The bounds are those of the API (`fields`). What does not fit is put aside in ``extra`` and said in
the report; nobody is turned away because of one value.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter, ValidationError

from kith.birthdate import format_birthdate, is_after, parse_birthdate
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.fields import (
    MAX_EMAILS,
    MAX_PHONES,
    MAX_TAGS,
    BirthdateText,
    ContactLeadDays,
    Extra,
    Tag,
)
from kith.contacts.schemas import ContactCreate, EmailWrite, ListedPhoneWrite

_LONGEST_NAME: Final = 200
_LONGEST_LABEL: Final = 50
_LONGEST_NOTES: Final = 10_000
_LONGEST_UID: Final = 200
_LONGEST_KEY: Final = 100
_LARGEST_NUMBER: Final = 2**53
_DEEPEST: Final = 6
_LINE_BREAKS: Final = "\n\r\t"

_extra: Final = TypeAdapter[dict[str, Any]](Extra)
_lead_days: Final = TypeAdapter[list[int]](ContactLeadDays)
_birthday: Final = TypeAdapter[str](BirthdateText)
_tag: Final = TypeAdapter[str](Tag)


def normalize_card(card: Card, today: date) -> ContactCreate | None:
    """A contact that the address book takes, or None: then ``card.trouble`` says why.

    Args:
        card: what was read; what is changed is remarked there.
        today: the owner's; nobody is born after it.
    """
    if card.trouble:
        return None
    try:
        return _whole(card, today)
    except ValidationError:
        return _mended(card, today)


def card_from_contact(columns: Mapping[str, Any], uid: str | None = None) -> Card:
    """The card of a contact that the address book holds, by its columns."""
    month, day = columns["birth_month"], columns["birth_day"]
    return Card(
        line=1,
        uid=uid,
        first_name=columns["first_name"] or "",
        last_name=columns["last_name"] or "",
        emails=[LabelledValue(each["address"], each["label"]) for each in columns["emails"]],
        phones=[LabelledValue(each["number"], each["label"]) for each in columns["phones"]],
        birthday=format_birthdate(columns["birth_year"], month, day) if month else None,
        tags=list(columns["tags"]),
        favourite=columns["favourite"],
        muted=columns["muted"],
        deceased=columns["deceased"],
        lead_days=columns["lead_days"],
        notes=columns["notes"] or "",
        extra=dict(columns["extra"]),
        photo_url=columns.get("photo_url"),
    )


def new_uid(owner_id: UUID, contact_id: int) -> str:
    """The uid of a contact that no file gave one: always the same, and nobody can read it."""
    return f"urn:uuid:{uuid5(owner_id, str(contact_id))}"


def stored_uid(card: Card) -> str | None:
    """The card's uid as it is stored: of a bounded length, without what cannot be stored."""
    uid = _line(card.uid or "")
    if len(uid) <= _LONGEST_UID:
        return uid or None
    return hashlib.sha256(uid.encode()).hexdigest()


def _whole(card: Card, today: date) -> ContactCreate:
    _check_birthday(card, today)
    return ContactCreate(
        first_name=card.first_name or None,
        last_name=card.last_name or None,
        emails=[EmailWrite(address=each.value, label=each.label) for each in card.emails],
        phones=[ListedPhoneWrite(number=each.value, label=each.label) for each in card.phones],
        birthday=card.birthday,
        tags=card.tags,
        favourite=card.favourite,
        muted=card.muted,
        deceased=card.deceased,
        lead_days=card.lead_days,
        notes=card.notes or None,
        extra=card.extra,
    )


def _mended(card: Card, today: date) -> ContactCreate | None:
    for name in ("first_name", "last_name"):
        _shorten_name(card, name)
    _sort_out(card, "emails", MAX_EMAILS, lambda one: EmailWrite(address=one.value))
    _sort_out(card, "phones", MAX_PHONES, lambda one: ListedPhoneWrite(number=one.value))
    _mend_tags(card)
    _mend_lead_days(card)
    _mend_notes(card)
    _mend_birthday(card)
    _mend_extra(card)
    if not card.first_name and not card.last_name:
        card.trouble = "no_name"
        return None
    try:
        return _whole(card, today)
    except ValidationError:
        card.trouble = "not_acceptable"
        return None


def _check_birthday(card: Card, today: date) -> None:
    if card.birthday is None:
        return
    _birthday.validate_python(card.birthday)
    if is_after(parse_birthdate(card.birthday), today):
        _put_birthday_aside(card, "birthday_in_the_future")


def _put_birthday_aside(card: Card, remark: str) -> None:
    card.keep("birthday", card.birthday)
    card.birthday = None
    card.remark(remark)


def _shorten_name(card: Card, name: str) -> None:
    text = _line(getattr(card, name))
    if len(text) > _LONGEST_NAME:
        card.keep(f"{name}_in_full", text)
        card.remark("name_shortened")
    setattr(card, name, text[:_LONGEST_NAME].strip())


def _sort_out(
    card: Card, several: str, most: int, check: Callable[[LabelledValue], object]
) -> None:
    """Keep those that are what they claim to be; the others move to `extra` as they stand."""
    good: list[LabelledValue] = []
    for each in getattr(card, several):
        one = LabelledValue(_line(each.value), _label(card, each.label))
        if len(good) < most and _passes(check, one):
            good.append(one)
        else:
            card.keep_in_list(several, each.value)
            card.remark(f"{several}_kept_in_extra")
    setattr(card, several, good)


def _passes(check: Callable[[LabelledValue], object], one: LabelledValue) -> bool:
    try:
        check(one)
    except ValidationError:
        return False
    return True


def _label(card: Card, label: str | None) -> str | None:
    text = _line(label or "")
    if len(text) > _LONGEST_LABEL:
        card.keep_in_list("labels", text)
        card.remark("label_shortened")
    return text[:_LONGEST_LABEL].strip() or None


def _mend_tags(card: Card) -> None:
    good: list[str] = []
    for each in map(_line, card.tags):
        if len(good) < MAX_TAGS and _is_tag(each):
            good.append(each)
        else:
            card.keep_in_list("tags", each)
            card.remark("tags_kept_in_extra")
    card.tags = good


def _is_tag(text: str) -> bool:
    try:
        _tag.validate_python(text)
    except ValidationError:
        return False
    return True


def _mend_lead_days(card: Card) -> None:
    try:
        card.lead_days = (
            None if card.lead_days is None else _lead_days.validate_python(card.lead_days)
        )
    except ValidationError:
        card.keep("lead_days", card.lead_days)
        card.lead_days = None
        card.remark("lead_days_kept_in_extra")


def _mend_notes(card: Card) -> None:
    text = _without_controls(card.notes, but=_LINE_BREAKS)
    if len(text) > _LONGEST_NOTES:
        card.keep("more_notes", text[_LONGEST_NOTES:])
        card.remark("notes_shortened")
    card.notes = text[:_LONGEST_NOTES]


def _mend_birthday(card: Card) -> None:
    try:
        _birthday.validate_python(card.birthday or "--01-01")
    except ValidationError:
        _put_birthday_aside(card, "birthday_kept_as_text")


def _mend_extra(card: Card) -> None:
    """Until it fits, what is largest goes: a photo in a foreign property, a whole web page."""
    card.extra = _storable(card.extra, 0)
    while card.extra:
        try:
            _extra.validate_python(card.extra)
        except ValidationError:
            del card.extra[max(card.extra, key=lambda key: len(json.dumps(card.extra[key])))]
            card.remark("extra_shortened")
        else:
            return


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _without_controls(value, but=_LINE_BREAKS)
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return _without_controls(json.dumps(value), but="")
    if isinstance(value, dict):
        pairs = ((_line(str(key))[:_LONGEST_KEY], each) for key, each in value.items())
        return {key: _storable(each, depth + 1) for key, each in pairs}
    if isinstance(value, list):
        return [_storable(each, depth + 1) for each in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and not abs(value) <= _LARGEST_NUMBER else value


def _line(text: str) -> str:
    return _without_controls(" ".join(text.splitlines()), but="").strip()


def _without_controls(text: str, *, but: str) -> str:
    return "".join(_kept(text, but))


def _kept(text: str, but: str) -> Iterable[str]:
    return (each for each in text if each in but or unicodedata.category(each) not in {"Cc", "Cs"})
