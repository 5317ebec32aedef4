"""The letters of the accounts: a function per letter, which runs when the letter is sent.

It finds out at that moment whom the letter goes to and what it says. The token
in a link is made here: nobody but its reader ever has it whole. When a letter has to be composed
again, the newest token is the one that counts.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from kith import clock
from kith.accounts import one_time
from kith.accounts.one_time import Purpose
from kith.accounts.post import Kind
from kith.accounts.repository import UserRepository
from kith.accounts.session_repository import SessionRepository
from kith.accounts.token_repository import TokenRepository
from kith.accounts.vocabulary import User
from kith.database.session import Work
from kith.mail.outbox import Letter
from kith.mail.rendering import render
from kith.mail.sender import Composer, NoReasonLeft
from kith.mail.ses import Message
from kith.settings import settings

_SPANS: Final = {"en": ("h", "min"), "uk": ("год", "хв"), "pl": ("godz.", "min")}


def verify_email(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    if user.verified_at:
        raise NoReasonLeft("already_verified")
    token = _token(work, user, Purpose.VERIFY)
    return _message(
        Kind.VERIFY, user, user.email, _linked("/verify-email", token, user, Purpose.VERIFY)
    )


def reset_password(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    token = _token(work, user, Purpose.RESET)
    return _message(
        Kind.RESET, user, user.email, _linked("/reset-password", token, user, Purpose.RESET)
    )


def confirm_address(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    if not user.pending_email:
        raise NoReasonLeft("no_longer_wanted")
    token = _token(work, user, Purpose.CHANGE_EMAIL)
    facts = _linked("/verify-email", token, user, Purpose.CHANGE_EMAIL)
    facts["address"] = user.pending_email
    return _message(Kind.CONFIRM_ADDRESS, user, user.pending_email, facts)


def address_changing(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    if not user.pending_email:
        raise NoReasonLeft("no_longer_wanted")
    facts = {"address": user.pending_email, "when": _when(user, letter.created_at)}
    return _message(Kind.ADDRESS_CHANGING, user, user.email, facts)


def address_changed(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    if not user.former_email:
        raise NoReasonLeft("no_former_address")
    facts = {"address": user.email, "when": _when(user, letter.created_at)}
    return _message(Kind.ADDRESS_CHANGED, user, user.former_email, facts)


def password_changed(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    facts = {"when": _when(user, letter.created_at)}
    return _message(Kind.PASSWORD_CHANGED, user, user.email, facts)


def reuse_noticed(work: Work, letter: Letter) -> Message:
    user = _user(work, letter)
    session = SessionRepository(work.connection).get(UUID(str(letter.data["session_id"])))
    facts = {
        "when": _when(user, letter.created_at),
        "device": session.device if session else "",
        "since": _when(user, session.created_at) if session else "",
    }
    return _message(Kind.REUSE_NOTICED, user, user.email, facts)


COMPOSERS: Final[Mapping[str, Composer]] = {
    Kind.VERIFY.value: verify_email,
    Kind.RESET.value: reset_password,
    Kind.CONFIRM_ADDRESS.value: confirm_address,
    Kind.ADDRESS_CHANGING.value: address_changing,
    Kind.ADDRESS_CHANGED.value: address_changed,
    Kind.PASSWORD_CHANGED.value: password_changed,
    Kind.REUSE_NOTICED.value: reuse_noticed,
}


def _user(work: Work, letter: Letter) -> User:
    user = UserRepository(work.connection).get(letter.user_id)
    if user is None:
        raise NoReasonLeft("account_gone")
    return user


def _token(work: Work, user: User, purpose: Purpose) -> str:
    """A token that takes the place of the one before."""
    token = one_time.make()
    TokenRepository(work.connection).put(
        user.id,
        purpose,
        digest=one_time.digest(token),
        fingerprint=one_time.expected(user, purpose),
        expires_at=clock.now() + one_time.life(purpose),
    )
    return token


def _linked(path: str, token: str, user: User, purpose: Purpose) -> dict[str, str]:
    """The link, and for how long it counts."""
    link = f"{settings().public_base_url}{path}?token={token}"
    return {"link": link, "span": _span(one_time.life(purpose), user.locale)}


def _span(length: timedelta, locale: str) -> str:
    """``24 h`` or ``30 min``, abbreviated so that every number reads well in every language."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    in_hours, in_minutes = _SPANS[locale]
    return f"{minutes} {in_minutes}" if rest else f"{hours} {in_hours}"


def _when(user: User, moment: datetime) -> str:
    """A moment as the user's own clock shows it."""
    return f"{moment.astimezone(ZoneInfo(user.time_zone)):%Y-%m-%d %H:%M}, {user.time_zone}"


def _message(kind: Kind, user: User, to: str, facts: Mapping[str, Any]) -> Message:
    # Nobody gets a stranger's words from us: only a proven address is greeted by the chosen name.
    name = user.username if user.verified_at and to == user.email else None
    said = render(kind.value, user.locale, {"name": name or "", **facts})
    return Message(
        to=to,
        subject=said.subject,
        text=said.text,
        html=said.html,
        configuration_set=settings().mail_accounts_set,
    )
