"""What clients send to the accounts, and what they get."""

from datetime import datetime, time
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    model_validator,
)

from kith import clock
from kith.accounts.entities import Locale, ReminderMode
from kith.accounts.models import AccountEvent, User, UserSession
from kith.calendar import LeapDay
from kith.etags import etag_of
from kith.json_types import JsonObject
from kith.schema_base import NOT_BLANK, NOT_NULL, Line, RequestModel, ResponseModel, example
from kith.settings import settings

_ALICE: Final[dict[str, JsonValue]] = {
    "id": "6f1c1f0e-0f4e-4b1c-9d7a-0d9a3c1f2b3a",
    "email": "alice@example.com",
    "username": "Alice",
    "verified": True,
    "time_zone": "Europe/Kyiv",
    "locale": "uk",
    "leap_day": "feb28",
    "reminders": {
        "enabled": True,
        "at": "09:00",
        "lead_days": [7, 0],
        "mode": "daily",
        "weekday": 1,
    },
    "avatar_url": "https://res.cloudinary.com/kith/image/upload/v1795228469/kith/alice.webp",
    "created_at": "2026-11-21T08:30:00Z",
    "etag": '"1"',
}

_SESSION: Final[dict[str, JsonValue]] = {
    "id": "0b6c2f6e-52f5-4a1f-8f5e-5a3c5f6f1d2c",
    "device": "Firefox on Linux",
    "origin": "203.0.113.9",
    "created_at": "2026-11-21T08:30:00Z",
    "last_used_at": "2026-11-21T09:15:00Z",
    "expires_at": "2026-12-21T08:30:00Z",
    "current": True,
}
_EVENT: Final[dict[str, JsonValue]] = {
    "id": 4711,
    "kind": "signed_in",
    "at": "2026-11-21T08:30:00Z",
    "origin": "203.0.113.9",
    "device": "Firefox on Linux",
}
_PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - an example, and a famous one
_REFRESH_TOKEN: Final = "0b6c2f6e-52f5-4a1f-8f5e-5a3c5f6f1d2c.Xk3…"  # noqa: S105 - an example
_LINK_TOKEN: Final = "pX1u0m4dC9…"  # noqa: S105 - an example


def _known_zone(name: str) -> str:
    try:
        return clock.zone_named(name).key
    except LookupError:
        raise ValueError("must be a time zone of the IANA database, such as Europe/Kyiv") from None


def _wall_time(text: object) -> object:
    """``09:00``: strict mode takes no text for a time."""
    if not isinstance(text, str) or len(text) != 5 or not text.isascii() or text[2] != ":":
        raise ValueError("must be HH:MM, such as 09:00")
    try:
        return time(int(text[:2]), int(text[3:]))
    except ValueError:
        raise ValueError("must be HH:MM, such as 09:00") from None


def _distinct(days: list[int]) -> list[int]:
    if len(set(days)) != len(days):
        raise ValueError("must not name a day twice")
    return sorted(days, reverse=True)


# What people type is looked at by `addresses` and `passwords`; here only its size is bounded.
Typed = Annotated[
    str,
    Field(max_length=320, examples=["alice@example.com"], json_schema_extra={"format": "email"}),
]
Secret = Annotated[
    str,
    Field(
        max_length=4096,
        examples=["correct horse battery staple"],
        json_schema_extra={"format": "password"},
    ),
]
# Its length is judged with everything else that makes a password a good one.
NewSecret = Annotated[
    Secret, Field(json_schema_extra={"format": "new-password", "minLength": 8, "maxLength": 256})
]
Token = Annotated[str, Field(max_length=200)]
Username = Annotated[
    Line,
    Field(min_length=1, max_length=100, examples=["Alice"], json_schema_extra=NOT_BLANK),
]
TimeZone = Annotated[
    str,
    Field(max_length=64, examples=["Europe/Kyiv"], json_schema_extra={"format": "time-zone"}),
    AfterValidator(_known_zone),
]
WallTime = Annotated[
    time,
    BeforeValidator(_wall_time, json_schema_input_type=str),
    PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str, when_used="json"),
    Field(
        examples=["09:00"],
        json_schema_extra={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    ),
]
LeadDays = Annotated[
    list[Annotated[int, Field(ge=0, le=365)]],
    Field(max_length=10, examples=[[14, 7, 0]], json_schema_extra={"uniqueItems": True}),
    AfterValidator(_distinct),
]


class SignUp(RequestModel):
    """A new account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"email": "alice@example.com", "password": "correct horse battery staple"}]
        }
    )

    email: Typed
    password: NewSecret
    username: Username | None = None
    time_zone: TimeZone = "UTC"
    locale: Locale = "en"
    invitation: Annotated[Token | None, NOT_NULL] = Field(
        default=None, description="Needed where sign-up is by invitation."
    )


class Credentials(RequestModel):
    """Who signs in, and what only they know."""

    model_config = example(email="alice@example.com", password=_PASSWORD)

    email: Typed
    password: Secret


class Refresh(RequestModel):
    """The refresh token that was given out last."""

    model_config = example(refresh_token=_REFRESH_TOKEN)

    refresh_token: Annotated[Token | None, NOT_NULL] = Field(
        default=None, description="Needed, unless it is in the cookie (`X-Session: cookie`)."
    )


class Mailbox(RequestModel):
    """Where a letter shall go."""

    model_config = example(email="alice@example.com")

    email: Typed


class Proof(RequestModel):
    """The token out of a letter's link."""

    model_config = example(token=_LINK_TOKEN)

    token: Token


class PasswordReset(RequestModel):
    """The token out of a letter's link, and the password from now on."""

    model_config = example(token=_LINK_TOKEN, password=_PASSWORD)

    token: Token
    password: NewSecret


class PasswordChange(RequestModel):
    """The password until now, and from now on."""

    model_config = example(current_password="seven quiet herons", password=_PASSWORD)

    current_password: Secret
    password: NewSecret


class EmailChange(RequestModel):
    """The address from now on, and the password as a proof."""

    model_config = example(email="alice@example.org", password=_PASSWORD)

    email: Typed
    password: Secret


class FreshProof(RequestModel):
    """What only the signed-in user knows or has: one of the three."""

    model_config = example(password=_PASSWORD)

    password: Annotated[Secret | None, NOT_NULL] = None
    code: Annotated[Annotated[str, Field(max_length=100)] | None, NOT_NULL] = None
    credential: Annotated[JsonObject | None, NOT_NULL] = Field(
        default=None,
        description="A passkey's answer to a challenge of `passkeys/login/options`.",
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(each is not None for each in (self.password, self.code, self.credential)) != 1:
            raise ValueError("must be one proof")
        return self


class AccountDeletion(RequestModel):
    """The password, so that no lost phone can delete an account."""

    model_config = example(password=_PASSWORD)

    password: Secret


class RemindersUpdate(RequestModel):
    """When and how to remind; what is left out stays as it is."""

    enabled: Annotated[bool | None, NOT_NULL] = None
    at: Annotated[WallTime | None, NOT_NULL] = None
    lead_days: Annotated[LeadDays | None, NOT_NULL] = None
    mode: Annotated[ReminderMode | None, NOT_NULL] = None
    weekday: Annotated[Annotated[int, Field(ge=1, le=7)] | None, NOT_NULL] = Field(
        default=None, description="ISO 8601: 1 is Monday, 7 is Sunday. Counts in weekly mode."
    )


class UserUpdate(RequestModel):
    """What to change; what is left out stays as it is. ``username: null`` removes the name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Europe/Kyiv", "reminders": {"at": "08:30"}}]}
    )

    username: Username | None = None
    time_zone: Annotated[TimeZone | None, NOT_NULL] = None
    locale: Annotated[Locale | None, NOT_NULL] = None
    leap_day: Annotated[LeapDay | None, NOT_NULL] = None
    reminders: Annotated[RemindersUpdate | None, NOT_NULL] = None


class TokenPair(ResponseModel):
    """A short-lived access token, and a refresh token that is good for one more pair."""

    model_config = example(
        access_token="eyJhbGciOiJFUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJhdCtqd3QifQ…",
        refresh_token=_REFRESH_TOKEN,
        token_type="bearer",
        expires_in=900,
    )

    access_token: str
    refresh_token: Annotated[str | None, NOT_NULL] = Field(
        default=None, description="Left out where it is in the cookie (`X-Session: cookie`)."
    )
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind, not a token
    expires_in: int = Field(description="Seconds until the access token expires.")


class Reminders(ResponseModel):
    """When and how the user is reminded."""

    enabled: bool
    at: WallTime
    lead_days: list[int]
    mode: ReminderMode
    weekday: int


class UserAnswer(ResponseModel):
    """An account, as its owner sees it."""

    model_config = ConfigDict(title="User", json_schema_extra={"examples": [_ALICE]})

    id: UUID
    email: str
    username: str | None
    verified: bool
    time_zone: str
    locale: Locale
    leap_day: LeapDay
    reminders: Reminders
    avatar_url: str = Field(description="The user's picture, or their initials as an SVG.")
    created_at: datetime
    etag: str

    @classmethod
    def of(cls, user: User) -> "UserAnswer":
        return cls.model_construct(
            id=user.id,
            email=user.email,
            username=user.username,
            verified=user.verified_at is not None,
            time_zone=user.time_zone,
            locale=user.locale,
            leap_day=user.leap_day,
            reminders=_reminders_of(user),
            avatar_url=user.avatar_url or _initials_of(user),
            created_at=user.created_at,
            etag=etag_of(user.version),
        )


def _initials_of(user: User) -> str:
    """What is shown of those who have no picture; the avatars draw it."""
    return f"{settings().public_base_url}/api/users/{user.id}/initials.svg"


def _reminders_of(user: User) -> Reminders:
    return Reminders.model_construct(
        enabled=user.reminders_enabled,
        at=user.reminders_at,
        lead_days=user.lead_days,
        mode=user.reminders_mode,
        weekday=user.reminders_weekday,
    )


class EventAnswer(ResponseModel):
    """Something that happened to the account."""

    model_config = ConfigDict(title="AccountEvent", json_schema_extra={"examples": [_EVENT]})

    id: int
    kind: str
    at: datetime
    origin: str
    device: str

    @classmethod
    def of(cls, event: AccountEvent) -> "EventAnswer":
        return cls.model_construct(
            id=event.id, kind=event.kind, at=event.at, origin=event.origin, device=event.device
        )


class EventPage(ResponseModel):
    """Security events, the latest first."""

    model_config = example(items=[_EVENT], next_cursor=None)

    items: list[EventAnswer]
    next_cursor: str | None = None


class SessionAnswer(ResponseModel):
    """One sign-in: on what device, from where, since when."""

    model_config = ConfigDict(title="Session", json_schema_extra={"examples": [_SESSION]})

    id: UUID
    device: str
    origin: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool

    @classmethod
    def of(cls, session: UserSession, *, current: bool) -> "SessionAnswer":
        return cls.model_construct(
            id=session.id,
            device=session.device,
            origin=session.origin,
            created_at=session.created_at,
            last_used_at=session.used_at,
            expires_at=session.expires_at,
            current=current,
        )


class SessionList(ResponseModel):
    """The sessions that are alive, the last used first."""

    model_config = example(items=[_SESSION], next_cursor=None)

    items: list[SessionAnswer]
    next_cursor: str | None = None
