"""The sender: claim, commit, compose, send, record.

Rooms bring their composers: a function per kind of letter that reads, at this moment, whom it goes
to and what it says, or finds that there is no reason to send it any more.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from kith import clock
from kith.database.session import Work, database
from kith.mail import outbox, ses
from kith.mail.outbox import Letter
from kith.mail.ses import AnswerLost, Message, NotSent, Refused
from kith.settings import settings
from kith.telemetry import count, log


class NoReasonLeft(Exception):
    """By now this letter is not to be sent; the message says why, in snake_case."""


Composer = Callable[[Work, Letter], Message]


def deliver(letter_id: int, composers: Mapping[str, Composer]) -> str | None:
    """Send one letter of the outbox, if it is to be had; returns what became of it."""
    at = clock.now()
    with database().writing() as work:
        letter = outbox.claim(work.connection, letter_id, at, settings().letter_lease)
    if letter is None:
        return None
    state = _attempt(letter, composers)
    log("letter", letter_id=letter.id, kind=letter.kind, state=state, attempt=letter.attempts)
    count("Letters", state=state)
    return state


def _attempt(letter: Letter, composers: Mapping[str, Composer]) -> str:
    try:
        with database().writing() as work:
            message = composers[letter.kind](work, letter)
    except NoReasonLeft as why:
        return _conclude(letter, "dropped", reason=str(why))
    try:
        provider_id = ses.send(message, letter.id)
    except NotSent as why:
        return _try_later(letter, str(why))
    except Refused as why:
        return _conclude(letter, "failed", reason=str(why))
    except AnswerLost as why:
        return _conclude(letter, "unknown", reason=str(why))
    return _conclude(letter, "sent", provider_id=provider_id)


def _conclude(
    letter: Letter, state: str, *, provider_id: str | None = None, reason: str | None = None
) -> str:
    with database().writing() as work:
        outbox.conclude(
            work.connection, letter, state, clock.now(), provider_id=provider_id, reason=reason
        )
    return state


def _try_later(letter: Letter, reason: str) -> str:
    """Growing gaps, and an end."""
    if letter.attempts >= settings().letter_attempts:
        return _conclude(letter, "failed", reason=reason)
    gap = timedelta(seconds=min(15 * 2 ** (letter.attempts - 1), 3600))
    with database().writing() as work:
        outbox.postpone(work.connection, letter, clock.now() + gap, reason)
    return "pending"
