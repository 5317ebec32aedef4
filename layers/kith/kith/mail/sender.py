"""The sender: claim, commit, compose, send, record.

Rooms bring their composers: a function per kind of letter that reads, at this moment, whom it goes
to and what it says, or finds that there is no reason to send it any more.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from kith import clock
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Unavailable
from kith.mail import ses
from kith.mail.outbox import Letter, claim_letter, finish, postpone_claimed, postpone_letter
from kith.mail.queue import post_letters
from kith.mail.ses import AnswerLost, EmailMessage, MessageRefused, NotSent
from kith.mail.suppressions import is_suppressed
from kith.settings import settings
from kith.telemetry import count_metric, log, log_exception

_FIRST_GAP: Final = timedelta(seconds=15)
_LONGEST_GAP: Final = timedelta(minutes=15)  # as long as SQS can delay a message
_MARKING_PAUSES_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class LetterObsolete(Exception):
    """By now this letter is not to be sent; the message says why, in snake_case."""


LetterComposer = Callable[[UnitOfWork, Letter], EmailMessage]


def deliver_letter(letter_id: int, composers: Mapping[str, LetterComposer]) -> str | None:
    """Send one letter of the outbox, if it is to be had; returns what became of it."""
    at = clock.now()
    with database().writing() as work:
        letter = claim_letter(work.connection, letter_id, at, settings().letter_lease)
        wait = None if letter else postpone_claimed(work.connection, letter_id, at)
    if letter is None:
        if wait:
            post_letters([letter_id], wait)
        return None
    state = _attempt(letter, composers)
    log("letter", letter_id=letter.id, kind=letter.kind, state=state, attempt=letter.attempts)
    count_metric("Letters", state=state)
    return state


def _attempt(letter: Letter, composers: Mapping[str, LetterComposer]) -> str:
    try:
        message = _compose(letter, composers)
    except LetterObsolete as why:
        return _conclude(letter, "dropped", reason=str(why))
    except Unavailable:
        return _try_later(letter, "database_unavailable")
    except Exception:  # noqa: BLE001 - a mistake of ours must not keep the letter claimed
        log_exception("letter_cannot_be_composed", letter_id=letter.id, kind=letter.kind)
        return _try_later(letter, "cannot_be_composed")
    return _send(letter, message)


def _compose(letter: Letter, composers: Mapping[str, LetterComposer]) -> EmailMessage:
    with database().writing() as work:
        message = composers[letter.kind](work, letter)
        if is_suppressed(work.connection, message.to, letter, clock.now()):
            raise LetterObsolete("suppressed")
    return message


def _send(letter: Letter, message: EmailMessage) -> str:
    try:
        provider_id = ses.send_message(message, letter.id)
    except NotSent as why:
        return _try_later(letter, str(why))
    except MessageRefused as why:
        return _conclude(letter, "failed", reason=str(why), sent_to=message.to)
    except AnswerLost as why:
        if letter.repeatable:
            return _try_later(letter, str(why))
        return _conclude(letter, "unknown", reason=str(why), sent_to=message.to)
    return _conclude(letter, "sent", provider_id=provider_id, sent_to=message.to, reason=None)


def _conclude(letter: Letter, state: str, **facts: Any) -> str:
    """Write it down, and insist: what SES took must not be forgotten because the database blinks.

    Raises:
        Unavailable: the database stays away; the claim's lease runs out and is settled then.
    """
    for pause in _MARKING_PAUSES_SECONDS:
        with suppress(Unavailable):
            _mark(letter, state, facts)
            return state
        time.sleep(pause)
    _mark(letter, state, facts)
    return state


def _mark(letter: Letter, state: str, facts: Mapping[str, Any]) -> None:
    with database().writing() as work:
        finish(work.connection, letter, state, done_at=clock.now(), **facts)


def _try_later(letter: Letter, reason: str) -> str:
    """Growing gaps, and an end."""
    if letter.attempts >= settings().letter_attempts:
        return _conclude(letter, "failed", reason=reason)
    gap = retry_delay(letter.attempts, letter.id)
    with database().writing() as work:
        postpone_letter(work.connection, letter, clock.now() + gap, reason)
        work.after_commit(lambda: post_letters([letter.id], gap))
    return "pending"


def retry_delay(attempts: int, letter_id: int) -> timedelta:
    """How long to wait after an attempt: twice as long each time.

    Letters that were refused together do not come back together: up to a quarter more, by the id.
    """
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(_FIRST_GAP * doubled * (1 + letter_id % 16 / 64), _LONGEST_GAP)
