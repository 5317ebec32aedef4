"""What clients send about contacts, and what they get."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.config import JsonDict

from kith.contacts.details.schemas import DETAILS_EXAMPLE, DetailsShown, DetailsWritten
from kith.contacts.fields import (
    MAX_EMAILS,
    MAX_PHONES,
    BirthdateField,
    ContactLeadDays,
    EmailText,
    Extra,
    Label,
    Notes,
    PhoneText,
    Tag,
    Tags,
    VisibleName,
)
from kith.schema_base import SAYS_NOTHING, RequestModel, ResponseModel, example, forbid

MAX_BULK_IDS: Final = 500

_EMAIL: Final[dict[str, JsonValue]] = {"address": "ivan@example.com", "label": "home"}
_SENT: Final[dict[str, JsonValue]] = {
    "first_name": "Іван",
    "last_name": "Шевченко",
    "email": "ivan@example.com",
    "phone": "067 123 45 67",
    "birthday": "1990-05-17",
    "tags": ["family"],
    "nickname": "Ваня",
    "organization": "Kyivstar",
    "addresses": [{"label": "home", "city": "Київ", "country": "Україна"}],
    "relations": [{"kind": "spouse", "name": "Ольга"}],
    "gift_ideas": ["A book about the sea"],
    "extra": {"allergy": "nuts"},
}
_PHONE: Final[dict[str, JsonValue]] = {
    "id": 1,
    "number": "067 123 45 67",
    "e164": "+380671234567",
    "extension": None,
    "label": "mobile",
}
CONTACT_EXAMPLE: Final[dict[str, JsonValue]] = {
    "id": 8,
    "first_name": "Іван",
    "last_name": "Шевченко",
    "email": "ivan@example.com",
    "emails": [_EMAIL],
    "phone": "+380671234567",
    "phones": [_PHONE],
    "birthday": "1990-05-17",
    "age": 36,
    "next_birthday": "2027-05-17",
    "turns": 37,
    "days_until_birthday": 178,
    "tags": ["family"],
    "favourite": True,
    "muted": False,
    "deceased": False,
    "lead_days": None,
    "notes": None,
    "extra": {"allergy": "nuts"},
    "photo_url": None,
    "created_at": "2026-11-20T09:00:00Z",
    "updated_at": "2026-11-20T09:00:00Z",
    "etag": '"3"',
    **DETAILS_EXAMPLE,
}
_TRASHED: Final[dict[str, JsonValue]] = CONTACT_EXAMPLE | {"deleted_at": "2026-11-20T10:00:00Z"}


class EmailWrite(RequestModel):
    """One e-mail address of a contact."""

    model_config = example(**_EMAIL)

    address: EmailText
    label: Label = None


class PhoneWrite(RequestModel):
    """One phone number, as typed: three digits are enough."""

    model_config = example(number="067 123 45 67", label="mobile")

    number: PhoneText
    label: Label = None


class ListedPhoneWrite(PhoneWrite):
    """One of a contact's numbers. With its ``id`` it stays the phone that it was.

    ``e164`` and ``extension`` may be sent back as they were read; they follow from the number.
    """

    model_config = example(id=1, number="067 123 45 67", label="mobile")

    id: int | None = Field(default=None, ge=1)
    e164: str | None = Field(default=None, max_length=40)
    extension: str | None = Field(default=None, max_length=40)


_TWICE: Final[tuple[JsonDict, ...]] = (
    {"properties": {"email": {}, "emails": {}}, "required": ["email", "emails"]},
    {"properties": {"phone": {}, "phones": {}}, "required": ["phone", "phones"]},
)
_NAMELESS: Final[JsonDict] = {"properties": {"first_name": SAYS_NOTHING, "last_name": SAYS_NOTHING}}


class _Written(DetailsWritten):
    """What may be written about a contact; ``email`` and ``phone`` are short for lists of one."""

    first_name: VisibleName = None
    last_name: VisibleName = None
    email: EmailText | None = None
    emails: list[EmailWrite] | None = Field(default=None, max_length=MAX_EMAILS)
    phone: PhoneText | None = None
    phones: list[ListedPhoneWrite] | None = Field(default=None, max_length=MAX_PHONES)
    birthday: BirthdateField | None = None
    tags: Tags | None = None
    favourite: bool = False
    muted: bool = False
    deceased: bool = False
    lead_days: ContactLeadDays | None = None
    notes: Notes = None
    extra: Extra | None = None

    @model_validator(mode="after")
    def _one_form_each(self) -> Self:
        for short, long in (("email", "emails"), ("phone", "phones")):
            if {short, long} <= self.model_fields_set:
                raise ValueError(f"send {short} or {long}, not both")
        return self


class ContactCreate(_Written):
    """A new contact, or everything about one: what is left out is empty."""

    model_config = forbid(example(**_SENT), *_TWICE, _NAMELESS)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.first_name is None and self.last_name is None:
            raise ValueError("at least one of first_name and last_name is needed")
        return self


class ContactUpdate(_Written):
    """A merge patch (RFC 7396): what is named changes, lists whole, ``null`` clears."""

    model_config = forbid(example(last_name="Франко", phone=None), *_TWICE)


class Email(ResponseModel):
    """One e-mail address of a contact."""

    model_config = example(**_EMAIL)

    address: str
    label: str | None


class Phone(ResponseModel):
    """One phone number: as typed, and in E.164 where that can be told."""

    model_config = example(**_PHONE)

    id: int = Field(description="Stable within the contact.")
    number: str
    e164: str | None
    extension: str | None
    label: str | None


class _Shown(ResponseModel):
    """What is shown of a contact, its details aside."""

    id: int = Field(description="Counts up per owner, from 1.")
    first_name: str | None
    last_name: str | None
    email: str | None = Field(description="The first of `emails`.")
    emails: list[Email]
    phone: str | None = Field(description="The first of `phones`, in E.164 where known.")
    phones: list[Phone]
    birthday: str | None = Field(description="`YYYY-MM-DD`, or `--MM-DD` without the year.")
    age: int | None
    next_birthday: str | None
    turns: int | None = Field(description="The age reached on `next_birthday`.")
    days_until_birthday: int | None
    tags: list[str]
    favourite: bool
    muted: bool
    deceased: bool
    lead_days: list[int] | None = Field(description="`null`: as the profile says.")
    notes: str | None
    extra: dict[str, Any]
    photo_url: str | None
    created_at: datetime
    updated_at: datetime
    etag: str


class Contact(DetailsShown, _Shown):
    """A contact as its owner sees it today."""

    model_config = example(**CONTACT_EXAMPLE)


class ContactFields(BaseModel):
    """The fields of a contact that `fields` names, and no others."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{"id": 8, "first_name": "Іван", "last_name": "Шевченко"}]},
    )


class ContactPage(ResponseModel):
    """One page of contacts."""

    model_config = example(items=[CONTACT_EXAMPLE], next_cursor=None, total=1)

    items: list[Contact | ContactFields]
    next_cursor: str | None
    total: int | None = Field(default=None, description="Only with `count=true`.")


class PhoneList(ResponseModel):
    """The numbers of a contact."""

    model_config = example(items=[_PHONE], next_cursor=None)

    items: list[Phone]
    next_cursor: str | None


class ContactPhone(Phone):
    """One phone number, and whose it is."""

    model_config = example(**_PHONE, contact=CONTACT_EXAMPLE)

    contact: Contact


class ContactPhonePage(ResponseModel):
    """One page of the numbers of all contacts."""

    model_config = example(items=[_PHONE | {"contact": CONTACT_EXAMPLE}], next_cursor=None)

    items: list[ContactPhone]
    next_cursor: str | None


class TrashedContact(Contact):
    """A contact in the trash, and since when it is there."""

    model_config = example(**_TRASHED)

    deleted_at: datetime


class TrashPage(ResponseModel):
    """One page of the trash, what was deleted last first."""

    model_config = example(items=[_TRASHED], next_cursor=None)

    items: list[TrashedContact | ContactFields]
    next_cursor: str | None


class TagCount(ResponseModel):
    """A tag, and how many living contacts have it."""

    model_config = example(name="family", count=12)

    name: str
    count: int


class TagPage(ResponseModel):
    """One page of tags, in alphabetical order."""

    model_config = example(items=[{"name": "family", "count": 12}], next_cursor=None)

    items: list[TagCount]
    next_cursor: str | None


class TagUpdate(RequestModel):
    """What a tag is to be called."""

    model_config = example(name="Family")

    name: Tag


class DeletedContact(ResponseModel):
    """A contact that was deleted, into the trash or for good."""

    model_config = example(id=9, deleted_at="2026-11-20T10:00:00Z")

    id: int
    deleted_at: datetime


class ChangePage(ResponseModel):
    """What was changed since: contacts as they are now, and which were deleted."""

    model_config = example(
        items=[CONTACT_EXAMPLE, {"id": 9, "deleted_at": "2026-11-20T10:00:00Z"}],
        next_since="WyI3MzE6NzMxOiIsMTc5NTIyODQ2OTAwMDAwMCxudWxsLDAsMCwwXQ",
    )

    items: list[Contact | DeletedContact]
    next_since: str = Field(description="To be sent as `since` the next time.")


class BulkAction(RequestModel):
    """One thing to be done with many contacts; ``tag`` goes with ``tag`` and ``untag``."""

    model_config = forbid(
        example(action="tag", ids=[1, 2, 8], tag="family"),
        {"properties": {"action": {"enum": ["tag", "untag"]}, "tag": {"type": "null"}}},
        {
            "properties": {"action": {"enum": ["delete", "restore"]}, "tag": {"type": "string"}},
            "required": ["tag"],
        },
    )

    action: Literal["delete", "restore", "tag", "untag"]
    ids: list[Annotated[int, Field(ge=1)]] = Field(min_length=1, max_length=MAX_BULK_IDS)
    tag: Tag | None = None

    @model_validator(mode="after")
    def _tag_where_it_belongs(self) -> Self:
        if (self.tag is None) == (self.action in {"tag", "untag"}):
            raise ValueError("tag goes with the actions tag and untag, and with no other")
        return self


class BulkResult(ResponseModel):
    """What became of one contact."""

    model_config = example(id=1, status="done", code=None)

    id: int
    status: Literal["done", "failed"]
    code: str | None = Field(description="Why it failed.")


class BulkResults(ResponseModel):
    """What became of each contact, in the order of the request."""

    model_config = example(items=[{"id": 1, "status": "done", "code": None}])

    items: list[BulkResult]
