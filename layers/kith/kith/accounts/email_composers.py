"""The letters of the accounts: a function per letter, which runs when the letter is sent.

It finds out at that moment whom the letter goes to and what it says. The token
in a link is made here: nobody but its reader ever has it whole. When a letter has to be composed
again, the newest token is the one that counts.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from kith import clock
from kith.accounts.models import User
from kith.accounts.notifications import LetterKind
from kith.accounts.sessions.repository import SessionRepository
from kith.accounts.tokens.one_time import (
    Purpose,
    current_fingerprint,
    digest_token,
    generate_token,
    token_lifetime,
)
from kith.accounts.tokens.repository import TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.mail.outbox import Letter
from kith.mail.rendering import render_letter
from kith.mail.sender import LetterComposer, LetterObsolete
from kith.mail.ses import EmailMessage
from kith.settings import settings

_SPANS: Final = {"en": ("h", "min"), "uk": ("год", "хв"), "pl": ("godz.", "min")}


def compose_verification(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    if user.verified_at:
        raise LetterObsolete("already_verified")
    token = _token(work, user, Purpose.VERIFY)
    return _message(
        LetterKind.VERIFY, user, user.email, _linked("/verify-email", token, user, Purpose.VERIFY)
    )


def compose_password_reset(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    token = _token(work, user, Purpose.RESET)
    return _message(
        LetterKind.RESET, user, user.email, _linked("/reset-password", token, user, Purpose.RESET)
    )


def compose_email_confirmation(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    if not user.pending_email:
        raise LetterObsolete("no_longer_wanted")
    token = _token(work, user, Purpose.CHANGE_EMAIL)
    facts = _linked("/verify-email", token, user, Purpose.CHANGE_EMAIL)
    facts["address"] = user.pending_email
    return _message(LetterKind.CONFIRM_ADDRESS, user, user.pending_email, facts)


def compose_email_change_requested(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    if not user.pending_email:
        raise LetterObsolete("no_longer_wanted")
    facts = {"address": user.pending_email, "when": _when(user, letter.created_at)}
    return _message(LetterKind.ADDRESS_CHANGING, user, user.email, facts)


def compose_email_changed(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    if not user.former_email:
        raise LetterObsolete("no_former_address")
    facts = {"address": user.email, "when": _when(user, letter.created_at)}
    return _message(LetterKind.ADDRESS_CHANGED, user, user.former_email, facts)


def compose_password_changed(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    facts = {"when": _when(user, letter.created_at)}
    return _message(LetterKind.PASSWORD_CHANGED, user, user.email, facts)


def compose_token_reused(work: UnitOfWork, letter: Letter) -> EmailMessage:
    user = _user(work, letter)
    session = SessionRepository(work.session).get(UUID(str(letter.data["session_id"])))
    facts = {
        "when": _when(user, letter.created_at),
        "device": session.device if session else "",
        "since": _when(user, session.created_at) if session else "",
    }
    return _message(LetterKind.REUSE_NOTICED, user, user.email, facts)


ACCOUNT_COMPOSERS: Final[Mapping[str, LetterComposer]] = {
    LetterKind.VERIFY.value: compose_verification,
    LetterKind.RESET.value: compose_password_reset,
    LetterKind.CONFIRM_ADDRESS.value: compose_email_confirmation,
    LetterKind.ADDRESS_CHANGING.value: compose_email_change_requested,
    LetterKind.ADDRESS_CHANGED.value: compose_email_changed,
    LetterKind.PASSWORD_CHANGED.value: compose_password_changed,
    LetterKind.REUSE_NOTICED.value: compose_token_reused,
}


def _user(work: UnitOfWork, letter: Letter) -> User:
    user = UserRepository(work.session).get(letter.user_id)
    if user is None:
        raise LetterObsolete("account_gone")
    return user


def _token(work: UnitOfWork, user: User, purpose: Purpose) -> str:
    """A token that takes the place of the one before."""
    token = generate_token()
    TokenRepository(work.session).put(
        user.id,
        purpose,
        digest=digest_token(token),
        fingerprint=current_fingerprint(user, purpose),
        expires_at=clock.now() + token_lifetime(purpose),
    )
    return token


def _linked(path: str, token: str, user: User, purpose: Purpose) -> dict[str, str]:
    """The link, and for how long it counts."""
    link = f"{settings().public_base_url}{path}?token={token}"
    return {"link": link, "span": _span(token_lifetime(purpose), user.locale)}


def _span(length: timedelta, locale: str) -> str:
    """``24 h`` or ``30 min``, abbreviated so that every number reads well in every language."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    in_hours, in_minutes = _SPANS[locale]
    return f"{minutes} {in_minutes}" if rest else f"{hours} {in_hours}"


def _when(user: User, moment: datetime) -> str:
    """A moment as the user's own clock shows it."""
    return f"{moment.astimezone(ZoneInfo(user.time_zone)):%Y-%m-%d %H:%M}, {user.time_zone}"


def _message(kind: LetterKind, user: User, to: str, facts: Mapping[str, str]) -> EmailMessage:
    # Nobody gets a stranger's words from us: only a proven address is greeted by the chosen name.
    name = user.username if user.verified_at and to == user.email else None
    rendered = render_letter(kind.value, user.locale, {"name": name or "", **facts})
    return EmailMessage(
        to=to,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        configuration_set=settings().mail_accounts_set,
    )
