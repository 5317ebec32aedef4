"""What the accounts speak of: users, sessions, and who is calling."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from uuid import UUID

LOCALES: Final = ("en", "uk", "pl")
LEAP_DAYS: Final = ("feb28", "mar1")
REMINDER_MODES: Final = ("per_contact", "daily", "weekly")


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request came from, as the gateway saw it, and what it said it is."""

    origin: str
    device: str


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account, as the table has them."""

    id: UUID
    email: str
    email_key: str
    pending_email: str | None
    former_email: str | None
    username: str | None
    password_hash: str
    verified_at: datetime | None
    time_zone: str
    locale: str
    leap_day: str
    reminders_enabled: bool
    reminders_at: time
    lead_days: list[int]
    reminders_mode: str
    reminders_weekday: int
    avatar_public_id: str | None
    avatar_url: str | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, as the table has it."""

    id: UUID
    user_id: UUID
    family_key: bytes
    secret_digest: bytes
    previous_digest: bytes | None
    generation: int
    rotated_at: datetime | None
    device: str
    origin: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
