"""Request and response bodies of the details of a contact."""

from typing import Final, Self

from pydantic import Field, JsonValue, model_validator

from kith.contacts.fields import (
    MAX_DETAILS,
    GiftIdeas,
    Label,
    Name,
    NonBlankLine,
    Notes,
    PostalCode,
    Street,
    UrlText,
    Word,
)
from kith.schema_base import SAYS_NOTHING, RequestModel, ResponseModel, example, forbid

_ADDRESS: Final[dict[str, JsonValue]] = {
    "label": "home",
    "street": "вул. Хрещатик, 22",
    "city": "Київ",
    "region": None,
    "postal_code": "01001",
    "country": "Україна",
}
_URL: Final[dict[str, JsonValue]] = {"label": "work", "url": "https://example.com/ivan"}
_MESSENGER: Final[dict[str, JsonValue]] = {"service": "Signal", "handle": "+380671234567"}
_RELATION: Final[dict[str, JsonValue]] = {"kind": "spouse", "name": "Ольга"}
DETAILS_EXAMPLE: Final[dict[str, JsonValue]] = {
    "middle_name": "Якович",
    "name_prefix": None,
    "name_suffix": None,
    "nickname": "Ваня",
    "organization": "Kyivstar",
    "job_title": "Engineer",
    "addresses": [_ADDRESS],
    "urls": [_URL],
    "messengers": [_MESSENGER],
    "relations": [_RELATION, {"kind": "child", "contact_id": 9}],
    "how_we_met": "At a concert in Lviv.",
    "gift_ideas": ["A book about the sea"],
}


class AddressWrite(RequestModel):
    """One postal address; a label alone is none."""

    model_config = forbid(
        example(**_ADDRESS),
        {"properties": dict.fromkeys(_ADDRESS.keys() - {"label"}, SAYS_NOTHING)},
    )

    label: Label = None
    street: Street = None
    city: Name = None
    region: Name = None
    postal_code: PostalCode = None
    country: Name = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not any((self.street, self.city, self.region, self.postal_code, self.country)):
            raise ValueError("at least one part of the address is needed")
        return self


class UrlWrite(RequestModel):
    """The address of one page."""

    model_config = example(**_URL)

    label: Label = None
    url: UrlText


class MessengerWrite(RequestModel):
    """Where a person can be written to."""

    model_config = example(**_MESSENGER)

    service: Word
    handle: NonBlankLine


class RelationWrite(RequestModel):
    """Somebody with a name, or another contact, which then has a relation to this one too."""

    model_config = example(**_RELATION)

    kind: Word = Field(description="Who that one is: `spouse`, `child`, or a word of your own.")
    name: NonBlankLine | None = None
    contact_id: int | None = Field(default=None, ge=1, le=2**31 - 1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.name is None) == (self.contact_id is None):
            raise ValueError("send name or contact_id, and not both")
        return self


class DetailsWritten(RequestModel):
    """What may be written about a contact beside names, addresses, numbers and birthday."""

    middle_name: Name = None
    name_prefix: Name = None
    name_suffix: Name = None
    nickname: Name = None
    organization: Name = None
    job_title: Name = None
    addresses: list[AddressWrite] | None = Field(default=None, max_length=MAX_DETAILS)
    urls: list[UrlWrite] | None = Field(default=None, max_length=MAX_DETAILS)
    messengers: list[MessengerWrite] | None = Field(default=None, max_length=MAX_DETAILS)
    relations: list[RelationWrite] | None = Field(default=None, max_length=MAX_DETAILS)
    how_we_met: Notes = None
    gift_ideas: GiftIdeas | None = None


class PostalAddress(ResponseModel):
    """One postal address of a contact."""

    model_config = example(**_ADDRESS)

    label: str | None
    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


class PageAddress(ResponseModel):
    """The address of one page of a contact."""

    model_config = example(**_URL)

    label: str | None
    url: str


class Messenger(ResponseModel):
    """Where a contact can be written to."""

    model_config = example(**_MESSENGER)

    service: str
    handle: str


class NamedRelation(ResponseModel):
    """Somebody whom a contact has to do with, by name."""

    model_config = example(**_RELATION)

    kind: str
    name: str


class LinkedRelation(ResponseModel):
    """Another contact of the owner; it has a relation to this one as well."""

    model_config = example(kind="child", contact_id=9)

    kind: str
    contact_id: int


class DetailsShown(ResponseModel):
    """What is shown of a contact beside names, addresses, numbers and birthday."""

    middle_name: str | None
    name_prefix: str | None
    name_suffix: str | None
    nickname: str | None
    organization: str | None
    job_title: str | None
    addresses: list[PostalAddress]
    urls: list[PageAddress]
    messengers: list[Messenger]
    relations: list[NamedRelation | LinkedRelation]
    how_we_met: str | None
    gift_ideas: list[str]
