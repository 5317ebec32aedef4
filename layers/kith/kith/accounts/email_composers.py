"""Composers of the letters of the accounts: they run when a letter is sent.

Recipient, language and content come with the letter, as its cause fixed them. The token in a link
is made here: nobody but its reader ever has it whole. When a letter has to be composed again, the
newest token is the one that counts.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from kith import clock
from kith.accounts.factors.repository import FactorUndoRepository
from kith.accounts.models import EmailUndo, FactorUndo
from kith.accounts.notifications import PURPOSES, LetterKind
from kith.accounts.tokens.one_time import (
    Purpose,
    current_fingerprint,
    digest_token,
    generate_token,
    token_lifetime,
)
from kith.accounts.tokens.repository import EmailUndoRepository, TokenRepository
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import UnitOfWork
from kith.mail.outbox import Letter
from kith.mail.rendering import render_letter
from kith.mail.sender import LetterComposer, LetterObsolete
from kith.mail.ses import EmailMessage
from kith.settings import settings

_PATHS: Final = {
    Purpose.VERIFY: "/verify-email",
    Purpose.CHANGE_EMAIL: "/verify-email",
    Purpose.RESET: "/reset-password",
}
_UNITS: Final = {"en": ("h", "min"), "uk": ("год", "хв"), "pl": ("godz.", "min")}


def compose_notice(work: UnitOfWork, letter: Letter) -> EmailMessage:
    """A letter that says what happened, and has no link."""
    del work
    return _message(letter)


def compose_token_letter(purpose: Purpose, work: UnitOfWork, letter: Letter) -> EmailMessage:
    """A letter with a one-time link.

    Raises:
        LetterObsolete: the account is not any more as it was when the letter was asked for.
    """
    user = UserRepository(work.session).get(letter.user_id)
    if user is None:
        raise LetterObsolete("account_gone")
    if purpose is Purpose.VERIFY and user.verified_at:
        raise LetterObsolete("already_verified")
    fingerprint = current_fingerprint(user, purpose)
    if fingerprint.hex() != letter.data.get("binding"):
        raise LetterObsolete("superseded")
    token, life = generate_token(), token_lifetime(purpose)
    TokenRepository(work.session).put(
        user.id,
        purpose,
        digest=digest_token(token),
        fingerprint=fingerprint,
        expires_at=clock.now() + life,
    )
    return _message(
        letter, address=letter.data["to"], **_link(letter, _PATHS[purpose], token, life)
    )


def compose_email_changed(work: UnitOfWork, letter: Letter) -> EmailMessage:
    """The notice to the old address, with a link that undoes the change."""
    token, life = generate_token(), settings().email_undo_life
    undo = EmailUndo(
        digest=digest_token(token),
        user_id=letter.user_id,
        email=letter.data["to"],
        created_at=letter.created_at,
        expires_at=letter.created_at + life,
    )
    EmailUndoRepository(work.session).add(undo)
    return _message(letter, **_link(letter, "/undo-email-change", token, life))


def compose_factor_added(work: UnitOfWork, letter: Letter) -> EmailMessage:
    """The notice of a new factor, with a link that removes it again."""
    token, life = generate_token(), settings().email_undo_life
    factor_id = letter.data["factor_id"]
    undo = FactorUndo(
        digest=digest_token(token),
        user_id=letter.user_id,
        factor_id=UUID(factor_id) if factor_id else None,
        expires_at=letter.created_at + life,
    )
    FactorUndoRepository(work.session).add(undo)
    return _message(letter, **_link(letter, "/undo-factor", token, life))


ACCOUNT_COMPOSERS: Final[Mapping[str, LetterComposer]] = {
    **{kind.value: compose_notice for kind in LetterKind},
    **{kind.value: partial(compose_token_letter, purpose) for kind, purpose in PURPOSES.items()},
    LetterKind.ADDRESS_CHANGED.value: compose_email_changed,
    LetterKind.FACTOR_ADDED.value: compose_factor_added,
}


def _link(letter: Letter, path: str, token: str, life: timedelta) -> dict[str, str]:
    """The link, and for how long it counts."""
    link = f"{settings().public_base_url}{path}?token={token}"
    return {"link": link, "span": _span(life, letter.data["locale"])}


def _span(length: timedelta, locale: str) -> str:
    """``24 h`` or ``30 min``, abbreviated so that every number reads well in every language."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    in_hours, in_minutes = _UNITS[locale]
    return f"{minutes} {in_minutes}" if rest else f"{hours} {in_hours}"


def _message(letter: Letter, **facts: str) -> EmailMessage:
    if "to" not in letter.data:
        raise LetterObsolete("of_an_older_release")
    rendered = render_letter(letter.kind, letter.data["locale"], {**letter.data, **facts})
    return EmailMessage(
        to=letter.data["to"],
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        configuration_set=settings().mail_accounts_set,
    )
