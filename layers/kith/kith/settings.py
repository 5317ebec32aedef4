"""The only reader of the environment, and the one place where every limit is written.

Standard library only: the authorizer reads its settings here too and must start fast. A setting is
a field below; its metadata names the variable. A wrong value is reported by that name, at once.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

STAGES = ("local", "test", "dev", "prod")

_ValueT = TypeVar("_ValueT")


class SettingsError(Exception):
    """The environment does not make sense; the message names the variable, never its value."""


def _stage(text: str) -> str:
    if text not in STAGES:
        raise ValueError(f"one of {', '.join(STAGES)}")
    return text


def _origin(text: str) -> str:
    if not text.startswith(("http://", "https://")) or text.endswith("/"):
        raise ValueError("an origin such as https://kith.example.com, without a slash at its end")
    return text


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError("a whole number, at least 1")
    return int(text)


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=_count(text))


def _seconds_or_none(text: str) -> timedelta:
    return timedelta() if text == "0" else _seconds(text)


def _score(text: str) -> int:
    if text not in {"0", "1", "2", "3", "4"}:
        raise ValueError("a score of zxcvbn, 0 to 4")
    return int(text)


def _signup(text: str) -> str:
    if text not in {"open", "invited", "closed"}:
        raise ValueError("one of open, invited, closed")
    return text


def _range_url(text: str) -> str:
    if text and not text.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError("https://api.pwnedpasswords.com/range/ or another range API, by https")
    return text


def _cloudinary_url(text: str) -> str:
    if text and not re.fullmatch(r"cloudinary://[^:@/]+:[^@/]+@[^@/?]+([/?].*)?", text):
        raise ValueError("cloudinary://key:secret@cloud")
    return text


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _from(variable: str, parse: Callable[[str], _ValueT], default: _ValueT) -> _ValueT:
    return field(default=default, metadata={"variable": variable, "parse": parse})


def _text(variable: str, default: str = "") -> str:
    return _from(variable, str, default)


def _limit(variable: str, default: int) -> int:
    return _from(variable, _count, default)


def _life(variable: str, default: timedelta) -> timedelta:
    return _from(variable, _seconds, default)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between a laptop, a test and AWS. Durations are in seconds."""

    # Deployment
    stage: str = _from("KITH_STAGE", _stage, "prod")
    public_base_url: str = _from("KITH_PUBLIC_BASE_URL", _origin, "http://127.0.0.1:8000")
    clock_file: Path | None = _from("KITH_CLOCK_FILE", _path, None)

    # Services
    database_url: str = _text("DATABASE_URL")
    redis_url: str = _text("REDIS_URL")
    secret_id: str = _text("KITH_SECRET_ID")
    public_keys: str = _text("KITH_PUBLIC_KEYS")
    letters_queue_url: str = _text("KITH_LETTERS_QUEUE_URL")
    reminders_queue_url: str = _text("KITH_REMINDERS_QUEUE_URL")
    planner_queue_url: str = _text("KITH_PLANNER_QUEUE_URL")
    imports_queue_url: str = _text("KITH_IMPORTS_QUEUE_URL")
    imports_bucket: str = _text("KITH_IMPORTS_BUCKET")
    mail_from: str = _text("KITH_MAIL_FROM", "Kith <kith@example.com>")
    mail_accounts_set: str = _text("KITH_MAIL_ACCOUNTS_SET")
    mail_reminders_set: str = _text("KITH_MAIL_REMINDERS_SET")
    cloudinary_url: str = _from("CLOUDINARY_URL", _cloudinary_url, "")

    # Requests
    request_time: timedelta = _life("KITH_REQUEST_SECONDS", timedelta(seconds=5))
    upload_time: timedelta = _life("KITH_UPLOAD_SECONDS", timedelta(seconds=12))
    file_time: timedelta = _life("KITH_FILE_SECONDS", timedelta(seconds=25))
    authorizer_time: timedelta = _life("KITH_AUTHORIZER_SECONDS", timedelta(seconds=2))
    connection_idle: timedelta = _from(
        "KITH_CONNECTION_IDLE_SECONDS", _seconds_or_none, timedelta(seconds=1)
    )
    contacts_requests: int = _limit("KITH_CONTACTS_REQUESTS_PER_MINUTE", 120)
    contacts_created: int = _limit("KITH_CONTACTS_CREATED_PER_DAY", 500)
    contacts_living: int = _limit("KITH_CONTACTS_LIVING", 20_000)
    idempotency_life: timedelta = _life("KITH_IDEMPOTENCY_SECONDS", timedelta(hours=24))

    # Passwords, sessions, one-time links
    signup: str = _from("KITH_SIGNUP", _signup, "open")
    invitation_life: timedelta = _life("KITH_INVITATION_SECONDS", timedelta(days=7))
    password_min: int = _limit("KITH_PASSWORD_MIN", 8)
    password_max: int = _limit("KITH_PASSWORD_MAX", 256)
    password_score: int = _from("KITH_PASSWORD_SCORE", _score, 2)
    breached_passwords_url: str = _from("KITH_BREACHED_PASSWORDS_URL", _range_url, "")
    password_cost: int = _limit("KITH_PASSWORD_COST", 12)
    proof_life: timedelta = _life("KITH_PROOF_SECONDS", timedelta(minutes=10))
    challenge_life: timedelta = _life("KITH_CHALLENGE_SECONDS", timedelta(minutes=5))
    passkeys_per_user: int = _limit("KITH_PASSKEYS_PER_USER", 10)
    challenge_attempts: int = _limit("KITH_CHALLENGE_ATTEMPTS", 5)
    access_token_life: timedelta = _life("KITH_ACCESS_TOKEN_SECONDS", timedelta(minutes=15))
    session_life: timedelta = _life("KITH_SESSION_SECONDS", timedelta(days=30))
    session_idle: timedelta = _life("KITH_SESSION_IDLE_SECONDS", timedelta(days=14))
    sessions_per_user: int = _limit("KITH_SESSIONS_PER_USER", 20)
    personal_tokens_per_user: int = _limit("KITH_PERSONAL_TOKENS_PER_USER", 20)
    refresh_grace: timedelta = _life("KITH_REFRESH_GRACE_SECONDS", timedelta(seconds=10))
    session_cache_life: timedelta = _life("KITH_SESSION_CACHE_SECONDS", timedelta(seconds=5))
    verification_life: timedelta = _life("KITH_VERIFICATION_SECONDS", timedelta(hours=24))
    reset_life: timedelta = _life("KITH_RESET_SECONDS", timedelta(minutes=30))
    events_life: timedelta = _life("KITH_EVENTS_SECONDS", timedelta(days=90))
    email_undo_life: timedelta = _life("KITH_EMAIL_UNDO_SECONDS", timedelta(hours=72))

    # Throttles
    login_failures: int = _limit("KITH_LOGIN_FAILURES", 10)
    login_failures_window: timedelta = _life("KITH_LOGIN_FAILURES_SECONDS", timedelta(minutes=15))
    login_failures_most: int = _limit("KITH_LOGIN_FAILURES_MOST", 100)
    logins_per_origin: int = _limit("KITH_LOGINS_PER_ORIGIN_PER_MINUTE", 60)
    signups_per_origin: int = _limit("KITH_SIGNUPS_PER_ORIGIN_PER_HOUR", 10)
    account_requests: int = _limit("KITH_ACCOUNT_REQUESTS_PER_MINUTE", 60)
    account_exports: int = _limit("KITH_EXPORTS_PER_HOUR", 10)
    refreshes_per_origin: int = _limit("KITH_REFRESHES_PER_ORIGIN_PER_MINUTE", 120)
    letters_per_user: int = _limit("KITH_LETTERS_PER_USER_PER_HOUR", 10)
    letters_per_origin: int = _limit("KITH_LETTERS_PER_ORIGIN_PER_HOUR", 60)
    letters_per_address: int = _limit("KITH_LETTERS_PER_ADDRESS_PER_HOUR", 5)

    # Contacts
    trash_life: timedelta = _life("KITH_TRASH_SECONDS", timedelta(days=30))
    merge_undo_life: timedelta = _life("KITH_MERGE_UNDO_SECONDS", timedelta(days=30))
    import_undo_life: timedelta = _life("KITH_IMPORT_UNDO_SECONDS", timedelta(days=30))

    # Pictures
    pictures_changed: int = _limit("KITH_PICTURES_PER_HOUR", 120)

    import_bytes: int = _limit("KITH_IMPORT_BYTES", 5_000_000)
    import_cards: int = _limit("KITH_IMPORT_CARDS", 20_000)
    import_job_bytes: int = _limit("KITH_IMPORT_JOB_BYTES", 100_000_000)
    import_job_cards: int = _limit("KITH_IMPORT_JOB_CARDS", 200_000)
    imports_unfinished: int = _limit("KITH_IMPORTS_UNFINISHED", 5)
    export_bytes: int = _limit("KITH_EXPORT_BYTES", 4_000_000)

    # Birthdays
    feeds_per_user: int = _limit("KITH_FEEDS_PER_USER", 5)
    feed_requests: int = _limit("KITH_FEED_REQUESTS_PER_HOUR", 60)

    # Letters
    letter_lease: timedelta = _life("KITH_LETTER_LEASE_SECONDS", timedelta(seconds=30))
    letter_life: timedelta = _life("KITH_LETTER_LIFE_SECONDS", timedelta(hours=24))
    letter_attempts: int = _limit("KITH_LETTER_ATTEMPTS", 100)
    letter_patience: timedelta = _life("KITH_LETTER_PATIENCE_SECONDS", timedelta(minutes=15))
    reminders_per_second: int = _limit("KITH_REMINDERS_PER_SECOND", 10)
    reminders_workers: int = _limit("KITH_REMINDERS_WORKERS", 2)
    retention: timedelta = _life("KITH_RETENTION_SECONDS", timedelta(days=396))
    bounce_rest: timedelta = _life("KITH_BOUNCE_REST_SECONDS", timedelta(hours=24))

    def __post_init__(self) -> None:
        if self.stage in {"local", "test"}:
            return
        if self.clock_file:
            raise SettingsError("KITH_CLOCK_FILE: a deployed stack has no clock of its own")
        for setting in fields(self):
            _require_strong(setting.metadata["variable"], getattr(self, setting.name))


# What a deployed stack refuses to be weakened to (NIST SP 800-63B-4, OWASP ASVS 5.0 V6 and V7).
_AT_LEAST: Final = {"KITH_PASSWORD_MIN": 8, "KITH_PASSWORD_COST": 10}
_AT_MOST: Final = {
    "KITH_ACCESS_TOKEN_SECONDS": 3600,
    "KITH_SESSION_SECONDS": 30 * 86_400,
    "KITH_PROOF_SECONDS": 3600,
    "KITH_REFRESH_GRACE_SECONDS": 60,
    "KITH_SESSION_CACHE_SECONDS": 60,
    "KITH_VERIFICATION_SECONDS": 86_400,
    "KITH_RESET_SECONDS": 3600,
    "KITH_LOGIN_FAILURES_MOST": 100,
}


def _require_strong(variable: str, value: object) -> None:
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if not isinstance(number, int | float):
        return
    if number < _AT_LEAST.get(variable, number):
        raise SettingsError(f"{variable}: a deployed stack needs at least {_AT_LEAST[variable]}")
    if number > _AT_MOST.get(variable, number):
        raise SettingsError(f"{variable}: a deployed stack takes at most {_AT_MOST[variable]}")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment describes.

    Raises:
        SettingsError: a variable does not make sense.
    """
    given = {}
    for setting in fields(Settings):
        variable, parse = setting.metadata["variable"], setting.metadata["parse"]
        text = environment.get(variable)
        if text is None or (text == "" and setting.default != ""):
            continue
        try:
            given[setting.name] = parse(text)
        except ValueError as error:
            raise SettingsError(f"{variable}: {error}") from None
    found = Settings(**given)
    _refuse_clock_on_aws(environment, found)
    return found


def _refuse_clock_on_aws(environment: Mapping[str, str], found: Settings) -> None:
    """Whatever its stage: Lambda itself never runs by a clock of ours."""
    on_aws = "AWS_LAMBDA_INITIALIZATION_TYPE" in environment
    if on_aws and found.clock_file and environment.get("AWS_SAM_LOCAL") != "true":
        raise SettingsError("KITH_CLOCK_FILE: a deployed stack has no clock of its own")


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings(os.environ)  # noqa: TID251 - the one place where the environment is read
