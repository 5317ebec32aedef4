"""One person as a file describes them, before the address book's own rules are asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

MAX_REMARKS: Final = 20


class LabelledValue(NamedTuple):
    """An e-mail address or a phone number, with its owner's word for it."""

    value: str
    label: str | None = None


@dataclass(slots=True)
class Card:
    """What was read of one card, one row or one item.

    Attributes:
        line: where it begins in the file, from 1; for JSON which item it is, from 1.
        uid: the source's own name for the person, if it has one.
        birthday: ``YYYY-MM-DD`` or ``--MM-DD``, or None.
        extra: what no field takes.
        remarks: codes of what was changed on the way in, each once.
        photo: the bytes of a picture that came with it.
        photo_url: where the address book shows the picture; only written.
        trouble: why nobody can be made of it, or None.
    """

    line: int
    uid: str | None = None
    first_name: str = ""
    last_name: str = ""
    emails: list[LabelledValue] = field(default_factory=list)
    phones: list[LabelledValue] = field(default_factory=list)
    birthday: str | None = None
    tags: list[str] = field(default_factory=list)
    favourite: bool = False
    muted: bool = False
    deceased: bool = False
    lead_days: list[int] | None = None
    notes: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    photo: bytes | None = None
    photo_url: str | None = None
    trouble: str | None = None

    def remark(self, code: str) -> None:
        if code not in self.remarks and len(self.remarks) < MAX_REMARKS:
            self.remarks.append(code)

    def keep(self, key: str, value: Any) -> None:
        """Put aside what no field takes; a second value of the same name joins the first."""
        if value in ("", None, [], {}):
            return
        if key not in self.extra:
            self.extra[key] = value
        elif self.extra[key] != value:
            self.extra[key] = [*_as_list(self.extra[key]), *_new(value, self.extra[key])]

    def keep_in_list(self, key: str, value: Any) -> None:
        """As `keep`, for what people have several of: always a list."""
        self.keep(key, [value])

    def add_email(self, address: str, label: str | None = None) -> None:
        _add(self.emails, LabelledValue(address.strip(), label or None))

    def add_phone(self, number: str, label: str | None = None) -> None:
        _add(self.phones, LabelledValue(number.strip(), label or None))

    def add_tag(self, tag: str) -> None:
        tag = " ".join(tag.split())
        if tag and tag not in self.tags:
            self.tags.append(tag)

    def add_notes(self, text: str) -> None:
        if text.strip() and text not in self.notes:
            self.notes = f"{self.notes}\n\n{text}" if self.notes else text


Cards = Iterator[Card]


def _add(several: list[LabelledValue], one: LabelledValue) -> None:
    if one.value and one not in several:
        several.append(one)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _new(value: Any, known: Any) -> list[Any]:
    known = _as_list(known)
    return [each for each in _as_list(value) if each not in known]
