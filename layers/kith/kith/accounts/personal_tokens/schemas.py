"""What clients send about personal access tokens, and what they get."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue

from kith.accounts.models import PersonalToken
from kith.schema_base import NOT_BLANK, Line, RequestModel, ResponseModel, example
from kith.scopes import Scope

_TOKEN: Final[dict[str, JsonValue]] = {
    "id": "7d1f6c58-6d0b-4f6e-9a35-0f2b6a2f3c11",
    "name": "Backup script",
    "scopes": ["contacts:read"],
    "created_at": "2026-11-21T08:30:00Z",
    "expires_at": "2027-11-21T08:30:00Z",
    "last_used_at": None,
}
_NEW: Final[dict[str, JsonValue]] = {
    "name": "Backup script",
    "scopes": ["contacts:read"],
    "expires_at": "2027-11-21T08:30:00Z",
}


def _moment(text: object) -> object:
    """RFC 3339: strict mode takes no text for a time."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) and "T" in text else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("must be a time with its offset, such as 2027-05-17T09:00:00Z")
    return moment


def _distinct_scopes(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) != len(scopes):
        raise ValueError("must not name a scope twice")
    return sorted(scopes)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


class PersonalTokenCreate(RequestModel):
    """A key for a program, and what the program may do with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NEW]})

    name: Annotated[Line, Field(min_length=1, max_length=100, json_schema_extra=NOT_BLANK)]
    scopes: Annotated[
        list[Scope],
        Field(min_length=1, max_length=20, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_distinct_scopes),
    ]
    expires_at: Moment | None = Field(
        default=None, description="When it stops counting; without it, when it is revoked."
    )


class PersonalTokenAnswer(ResponseModel):
    """A key for a program, without its secret."""

    model_config = ConfigDict(title="PersonalToken", json_schema_extra={"examples": [_TOKEN]})

    id: UUID
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To within minutes.")

    @classmethod
    def of(cls, token: PersonalToken) -> "PersonalTokenAnswer":
        return cls(**_members(token))


class NewPersonalToken(PersonalTokenAnswer):
    """A key for a program; ``token`` is shown this once."""

    model_config = ConfigDict(
        title="NewPersonalToken",
        json_schema_extra={"examples": [{**_TOKEN, "token": "kith_pat_bx0mDg9OSxyddw2aPB8r…"}]},
    )

    token: str

    @classmethod
    def with_secret(cls, token: PersonalToken, secret: str) -> "NewPersonalToken":
        return cls(**_members(token), token=secret)


class PersonalTokenList(ResponseModel):
    """The keys for programs, the newest first."""

    model_config = example(items=[_TOKEN], next_cursor=None)

    items: list[PersonalTokenAnswer]
    next_cursor: str | None = None


def _members(token: PersonalToken) -> dict[str, object]:
    return {name: getattr(token, name) for name in _TOKEN}
