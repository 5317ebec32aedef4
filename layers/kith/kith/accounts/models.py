"""Mapped classes of the accounts: users, their sessions and tokens, and what happened to them."""

from datetime import datetime, time
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kith.accounts.entities import Locale, ReminderMode
from kith.calendar import LeapDay
from kith.database.base import Base, SmallInt

_REMINDED: Final = text("reminders_enabled AND verified_at IS NOT NULL")


class User(Base):
    """A person with an account.

    ``version`` counts changes that go through objects: it is the ETag of the profile. What a
    statement changes (counters, a hash by a newer recipe) leaves it as it is.

    Attributes:
        email: the address as typed, its domain in lower case.
        email_key: the canonical form of the address; it decides who is who.
        pending_email: a new address that counts once its letter was answered.
        former_email: the address before the last change.
        credentials_version: counts changes of credentials: what was asked for before one is void.
        tokens_valid_after: sessions and personal tokens from before this moment do not count.
        disabled_at: since when an operator lets nobody in.
        unsubscribe_seed: only ever stops reminders; links in old letters must go on working.
        avatar_public_id, avatar_url: written by the avatars, as the provider delivers the picture.
        next_contact_id: contact ids count per owner, and none is given twice.
        contacts_living: how many contacts are not in the trash.
        creations: how many contacts were created since ``creations_since``; a deletion gives
            nothing back.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("locale IN ('en', 'uk', 'pl')", name="locale"),
        CheckConstraint("leap_day IN ('feb28', 'mar1')", name="leap_day"),
        CheckConstraint(
            "reminders_mode IN ('per_contact', 'daily', 'weekly')", name="reminders_mode"
        ),
        CheckConstraint("reminders_weekday BETWEEN 1 AND 7", name="reminders_weekday"),
        CheckConstraint("contacts_living >= 0", name="contacts_living"),
        # For the planner of reminders: whose hour was reached, and who changed their profile.
        Index("ix_users_reminders", "time_zone", "reminders_at", "id", postgresql_where=_REMINDED),
        Index("ix_users_updated", "updated_at", postgresql_where=_REMINDED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    pending_email: Mapped[str | None]
    former_email: Mapped[str | None]
    username: Mapped[str | None]
    password_hash: Mapped[str]
    verified_at: Mapped[datetime | None]
    credentials_version: Mapped[int] = mapped_column(server_default="1")
    tokens_valid_after: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[Locale] = mapped_column(Text, server_default="en")
    leap_day: Mapped[LeapDay] = mapped_column(Text, server_default="feb28")
    reminders_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    reminders_at: Mapped[time] = mapped_column(server_default=text("'09:00'"))
    lead_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=text("'{0}'"))
    reminders_mode: Mapped[ReminderMode] = mapped_column(Text, server_default="daily")
    reminders_weekday: Mapped[SmallInt] = mapped_column(server_default="1")
    unsubscribe_seed: Mapped[bytes]
    avatar_public_id: Mapped[str | None]
    avatar_url: Mapped[str | None]
    next_contact_id: Mapped[int] = mapped_column(server_default="1")
    contacts_living: Mapped[int] = mapped_column(server_default="0")
    creations: Mapped[int] = mapped_column(server_default="0")
    creations_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class UserSession(Base):
    """One sign-in.

    Of the refresh secret only digests are kept, of the current one and of the one before it;
    ``family_key`` proves that a secret was once given out for this session.

    Attributes:
        authenticated_at: when the user last authenticated in it; null: not since the account got a
            second factor. A refresh does not renew it.
        aal: the authenticator assurance level (NIST SP 800-63B): 2 with a second factor.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("aal IN (1, 2)", name="aal"),
        Index("ix_sessions_user_id", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    family_key: Mapped[bytes]
    secret_digest: Mapped[bytes]
    previous_digest: Mapped[bytes | None]
    generation: Mapped[int] = mapped_column(server_default="1")
    rotated_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(server_default="")
    origin: Mapped[str] = mapped_column(server_default="")
    authenticated_at: Mapped[datetime | None]
    aal: Mapped[SmallInt] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PersonalToken(Base):
    """A personal access token, for a program of its user.

    Attributes:
        digest: of the token, which nobody but its user has.
        last_used_at: to within minutes.
    """

    __tablename__ = "personal_tokens"
    __table_args__ = (
        Index("ix_personal_tokens_user_id_digest", "user_id", "digest", unique=True),
        Index("ix_personal_tokens_expires_at", "expires_at"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class OneTimeToken(Base):
    """A token of a letter's link: at most one per user and purpose, the newest replaces the last.

    ``fingerprint`` is of what the token depends on: when that changes, the token is void.
    """

    __tablename__ = "one_time_tokens"
    __table_args__ = (
        CheckConstraint("purpose IN ('verify', 'reset', 'change_email')", name="purpose"),
        Index("ix_one_time_tokens_expires_at", "expires_at"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    expires_at: Mapped[datetime]


class TotpSecret(Base):
    """The seed of a user's one-time passwords by time; at most one per user.

    Attributes:
        id: names the factor for its owner.
        encrypted_seed: see ``accounts.factors.seed_cipher``.
        last_step: the time step of the last code that was used: no code counts twice.
        confirmed_at: when a first code was sent back; null: it does not count yet.
    """

    __tablename__ = "totp_secrets"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID]
    encrypted_seed: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """The digest of a recovery code that was not used yet."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Passkey(Base):
    """A discoverable credential of WebAuthn.

    Attributes:
        id: names the factor for its owner.
        credential_id: the id that the authenticator gave it; it comes with every answer.
        public_key: as a COSE key.
        sign_count: the authenticator's counter; 0 for those that have none.
    """

    __tablename__ = "passkeys"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Base):
    """The digest of a challenge that can be answered once, within minutes.

    Attributes:
        user_id, credentials_version: whose it is; another version of the credentials voids it.
            Null when only the answer will tell.
        attempts: wrong answers so far, and the one that is being verified.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        CheckConstraint("purpose IN ('login', 'register_passkey', 'use_passkey')", name="purpose"),
        Index("ix_challenges_user_id", "user_id"),
        Index("ix_challenges_expires_at", "expires_at"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    credentials_version: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime]


class AccountEvent(Base):
    """Something that happened to an account and matters for its security; append-only."""

    __tablename__ = "account_events"
    __table_args__ = (
        Index("ix_account_events_user_id_id", "user_id", "id"),
        Index("ix_account_events_at", "at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str]
    at: Mapped[datetime]
    origin: Mapped[str]
    device: Mapped[str]
    request_id: Mapped[str]


class LoginFailures(Base):
    """Wrong passwords in a row: of an account (``origin`` is empty), or from one origin.

    Attributes:
        account, origin: digests of the key of the address, which nobody needs to have, and of the
            caller's address.
        exempted: what was tried at home while the account was blocked for others.
    """

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_expires_at", "expires_at"),)

    account: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")
    exempted: Mapped[int] = mapped_column(server_default="0")
    blocked_until: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class EmailUndo(Base):
    """A token that gives an account back the address that it had before a change.

    A user has one for each change of the last days: undoing one undoes those that came after it.
    """

    __tablename__ = "email_undos"
    __table_args__ = (
        Index("ix_email_undos_user_id", "user_id"),
        Index("ix_email_undos_expires_at", "expires_at"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    email: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class FactorUndo(Base):
    """A token that removes a factor which the owner of the account did not add.

    Attributes:
        factor_id: the factor; null stands for the recovery codes.
    """

    __tablename__ = "factor_undos"
    __table_args__ = (Index("ix_factor_undos_user_id", "user_id"),)

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    factor_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]


class Invitation(Base):
    """A one-time token by which somebody may sign up.

    ``binding`` is a digest of the one address that it is for; null: for whoever has it.
    """

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_expires_at", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    binding: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class OrphanedPicture(Base):
    """A picture that nobody shows any more, to be removed at the provider."""

    __tablename__ = "orphaned_pictures"

    public_id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
