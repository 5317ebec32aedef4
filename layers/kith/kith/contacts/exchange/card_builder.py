"""A card while it is being read: the one place where it grows, and the bounds of what is read.

Every list knows its members by a dictionary, so that reading takes time in proportion to the file.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard, TypeVar

from kith.birthdate import Birthdate
from kith.contacts.details.entities import (
    DETAIL_ENTRIES,
    DETAIL_NAMES,
    DETAIL_TEXTS,
    ContactDetails,
    DetailEntry,
)
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.dates import ParsedDay, is_empty_date

_T = TypeVar("_T")

MAX_REMARKS: Final = 20
MAX_VALUES: Final = 200  # of one kind in one card: e-mails, tags, notes, values of one key
MAX_KEYS: Final = 200  # of `extra`
LOST_CHARACTER: Final = "\ufffd"  # of what a decoder could not read
MAX_NESTING: Final = 32  # of lists and objects in a value of `extra`


def decode_json(text: str) -> object:
    """JSON out of a text.

    Raises:
        ValueError: it is none, it is nested too deeply, or a number is none or too large.
    """
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) < float("inf"):
        return number
    raise ValueError(text)


class ExtraBuilder:
    """What no field takes, by key, and the remarks on what was changed."""

    def __init__(self, extra: Mapping[str, object] | None = None, *remarks: str) -> None:
        self._kept = {key: _KeptValue(value) for key, value in (extra or {}).items()}
        self._remarks = dict.fromkeys(remarks)

    @property
    def extra(self) -> dict[str, object]:
        return {key: kept.value for key, kept in self._kept.items()}

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(self._remarks)

    def remark(self, code: str) -> None:
        if len(self._remarks) < MAX_REMARKS:
            self._remarks[code] = None

    def keep(self, key: str, value: object) -> None:
        """Put aside what no field takes; a second value of the same name joins the first."""
        if value not in ("", None, [], {}):
            self._join(key, value)

    def keep_in_list(self, key: str, value: object) -> None:
        """As `keep`, for what people have several of: always a list."""
        self.keep(key, [value])

    def extra_text(self, key: str) -> str:
        """What is kept under a key if that is one text, else nothing."""
        value = self._kept[key].value if key in self._kept else None
        return value if isinstance(value, str) else ""

    def _join(self, key: str, value: object) -> None:
        value = self._cut(value, MAX_NESTING)
        if key in self._kept:
            has_room = self._kept[key].join(value)
        elif has_room := len(self._kept) < MAX_KEYS:
            self._kept[key] = _KeptValue(value)
        if not has_room:
            self.remark("values_skipped")

    def _cut(self, value: object, levels: int) -> object:
        """The value without what lies deeper than some levels of lists and objects."""
        if not isinstance(value, dict | list):
            return value
        if not levels:
            self.remark("nesting_cut")
            return None
        if isinstance(value, dict):
            return {key: self._cut(each, levels - 1) for key, each in value.items()}
        return [self._cut(each, levels - 1) for each in value]


class _KeptValue:
    """What is kept under one key: the first value as it is, with others a list of each once."""

    def __init__(self, first: object) -> None:
        self._first = first
        self._known: dict[str, object] = {}
        self._several = False

    @property
    def value(self) -> object:
        return list(self._known.values()) if self._several else self._first

    def join(self, value: object) -> bool:
        """Add what is new of it; false where there is not room for all."""
        known = self._known = self._known or _by_identity(self._first)
        for key, one in _by_identity(value).items():
            if key not in known:
                if len(known) >= MAX_VALUES:
                    return False
                known[key], self._several = one, True
        return True


def _by_identity(value: object) -> dict[str, object]:
    values = value if isinstance(value, list) else [value]
    return {json.dumps(each, sort_keys=True): each for each in values}


def _are_integers(values: list[object]) -> TypeGuard[list[int]]:
    return all(type(each) is int for each in values)


def _are_texts(values: list[object]) -> TypeGuard[list[str]]:
    return all(isinstance(each, str) for each in values)


def _own_entry(name: str, value: object) -> DetailEntry | str | None:
    """An entry of a list of details as JSON has it, or None where it has another shape."""
    if name not in DETAIL_ENTRIES:
        return value if isinstance(value, str) else None
    if not isinstance(value, dict):
        return None
    members = {key: each for key, each in value.items() if each is not None}
    try:
        entry = DETAIL_ENTRIES[name](**members)
    except TypeError:  # it names other members, or lacks one
        return None
    return entry if all(isinstance(each, str) for each in members.values()) else None


class CardBuilder(ExtraBuilder):
    """A card of which lines, cells or members are being read; `build` ends it."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self._line = line
        self.uid: str | None = None
        self.first_name = self.last_name = ""
        self.birthday: Birthdate | None = None
        self.favourite = self.muted = self.deceased = False
        self.lead_days: tuple[int, ...] | None = None
        self.photo: bytes | None = None
        self.revised_at: datetime | None = None
        self.failure: str | None = None
        self._emails: dict[LabelledValue, None] = {}
        self._phones: dict[LabelledValue, None] = {}
        self._tags: dict[str, None] = {}
        self._notes: dict[str, None] = {}
        self._detail_texts: dict[str, str] = {}
        self._detail_lists: dict[str, dict[DetailEntry | str, None]] = {}

    def build(self) -> Card:
        return Card(
            self._line,
            uid=self.uid,
            first_name=self.first_name,
            last_name=self.last_name,
            emails=tuple(self._emails),
            phones=tuple(self._phones),
            birthday=self.birthday,
            tags=tuple(self._tags),
            favourite=self.favourite,
            muted=self.muted,
            deceased=self.deceased,
            lead_days=self.lead_days,
            notes="\n\n".join(self._notes),
            details=self._details(),
            extra=self.extra,
            remarks=self.remarks,
            photo=self.photo,
            revised_at=self.revised_at,
            failure=self.failure,
        )

    def _details(self) -> ContactDetails:
        lists: dict[str, Any] = {name: tuple(each) for name, each in self._detail_lists.items()}
        texts: dict[str, Any] = self._detail_texts
        return ContactDetails(**texts, **lists)

    def failed(self, code: str) -> Card:
        """The card of which no contact can be made."""
        self.failure = code
        return self.build()

    @property
    def first_email(self) -> str:
        return next((each.value for each in self._emails), "")

    @property
    def first_phone(self) -> str:
        return next((each.value for each in self._phones), "")

    def check_decoded(self, *texts: str) -> None:
        """Remark that bytes of these texts were no characters of their encoding."""
        if any(LOST_CHARACTER in each for each in texts):
            self.remark("characters_lost")

    def add_email(self, address: str, label: str | None = None) -> None:
        if address := address.strip():
            self._add(self._emails, LabelledValue(address, label or None))

    def add_phone(self, number: str, label: str | None = None) -> None:
        if number := number.strip():
            self._add(self._phones, LabelledValue(number, label or None))

    def add_tag(self, tag: str) -> None:
        if tag := " ".join(tag.split()):
            self._add(self._tags, tag)

    def add_group(self, name: str) -> None:
        """A tag, unless it is a group of Google's own: all contacts, or those with a star."""
        name = name.strip().removeprefix("* ").strip()
        if name.lower() == "starred":
            self.favourite = True
        elif name.lower() not in {"mycontacts", "my contacts"}:
            self.add_tag(name)

    def add_notes(self, text: str) -> None:
        if text.strip():
            self._add(self._notes, text)

    def detail(self, name: str) -> str:
        """One of the details that are texts, or nothing."""
        return self._detail_texts.get(name, "")

    def set_detail(self, name: str, text: str) -> None:
        """One of the details that are texts; another one than the first is kept in `extra`."""
        if text and self._detail_texts.setdefault(name, text) != text:
            self.keep(name, text)

    def add_detail(self, name: str, entry: DetailEntry | str) -> None:
        """An entry of one of the details that are lists."""
        self._add(self._detail_lists.setdefault(name, {}), entry)

    def add_birthday(self, day: ParsedDay | None, text: str) -> None:
        """The first birthday that is one; a text that is none is kept as it stands."""
        if is_empty_date(text):
            return
        if day is None or self.birthday not in {None, day.birthdate}:
            self.keep("birthday", text.strip())
            self.remark("birthday_kept_as_text")
            return
        self.birthday = day.birthdate
        if day.year_dropped:
            self.remark("birthday_year_dropped")
        if day.is_guess:
            self.remark("birthday_ambiguous")

    def add_date(self, label: str, day: ParsedDay | None, text: str) -> None:
        """A date of another kind, as it stands where it is none."""
        if is_empty_date(text):
            return
        self.keep_in_list("dates", {"date": day.text if day else text.strip(), "label": label})
        if day and day.is_guess:
            self.remark("date_ambiguous")

    def add_own_json(self, text: str) -> bool:
        """Take the fields that our own export adds as JSON; false where this is no JSON."""
        try:
            fields = decode_json(text)
        except ValueError:
            return False
        for name, value in fields.items() if isinstance(fields, dict) else ():
            self.add_own_field(name, value)
        return True

    def add_own_field(self, name: str, value: object) -> bool:
        """Take a field as our own export writes it; false where it has another name or shape."""
        if name == "updated_at":
            self.add_revision(str(value))
            return True
        is_detail = name in DETAIL_NAMES
        return self._add_own_detail(name, value) if is_detail else self._add_own(name, value)

    def _add_own(self, name: str, value: object) -> bool:
        match name, value:
            case (("favourite" | "muted" | "deceased"), bool()):
                setattr(self, name, value)
            case "notes", str(text):
                self._notes = {text: None}
            case "birthday", str(text):
                self._add_own_birthday(text)
            case "lead_days", [*days] if _are_integers(days):
                self.lead_days = tuple(days)
            case "tags", [*tags] if _are_texts(tags):
                self._replace_tags(tags)
            case "extra", dict(extra):
                for key, each in extra.items():
                    self._join(key, each)
            case _:
                return False
        return True

    def add_revision(self, text: str) -> None:
        """When the contact was changed last of which we wrote this; a text that is none is none."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return
        self.revised_at = at.replace(microsecond=0) if at.tzinfo else None

    def _add_own_birthday(self, text: str) -> None:
        try:
            self.birthday = Birthdate.parse(text) if text else None
        except ValueError:
            self.keep("birthday", text)
            self.remark("birthday_kept_as_text")

    def _add_own_detail(self, name: str, value: object) -> bool:
        """A detail in JSON, false where it has another shape; entries that do go to `extra`."""
        match value:
            case str(text) if name in DETAIL_TEXTS:
                self.set_detail(name, text)
            case [*items] if name not in DETAIL_TEXTS:
                for each in items:
                    self._add_own_entry(name, each)
            case _:
                return False
        return True

    def _add_own_entry(self, name: str, value: object) -> None:
        entry = _own_entry(name, value)
        if entry is None:
            self.keep_in_list(name, value)
            self.remark("kept_in_extra")
        else:
            self.add_detail(name, entry)

    def _replace_tags(self, tags: Iterable[str]) -> None:
        self._tags.clear()
        for each in tags:
            self.add_tag(each)

    def _add(self, several: dict[_T, None], one: _T) -> None:
        if len(several) < MAX_VALUES or one in several:
            several[one] = None
        else:
            self.remark("values_skipped")
