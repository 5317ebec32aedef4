"""The sender: claim, compose, hand over, send, record.

The packages above bring their composers: a function per kind of letter that reads, at this moment,
recipient and content, or finds that there is no reason to send it any more.

``deliver_letter`` needs three transactions: the claim must be committed before anything is done,
the hand-over before SES is called, and the outcome is known only afterwards.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from kith import clock
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Unavailable
from kith.mail import ses
from kith.mail.outbox import (
    Letter,
    claim_letter,
    finish,
    hand_over,
    mark_unposted,
    postpone_letter,
    waiting_time,
)
from kith.mail.pacing import reminders_pace
from kith.mail.queue import Lane, post_letters
from kith.mail.ses import AnswerLost, EmailMessage, MessageRefused, NotSent, Throttled
from kith.mail.suppressions import is_suppressed
from kith.settings import settings
from kith.telemetry import count_metric, log, log_exception

_FIRST_GAP: Final = timedelta(seconds=15)
_LONGEST_GAP: Final = timedelta(minutes=15)  # as long as SQS can delay a message
ACCOUNTS_GAP: Final = timedelta(seconds=30)  # of letters that somebody waits for
_CANNOT_BE_COMPOSED: Final = "cannot_be_composed"
_MARKING_PAUSES_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class LetterObsolete(Exception):
    """By now this letter is not to be sent; the message says why, in snake_case."""


class ClaimLost(Exception):
    """Somebody else has settled or claimed this letter since: it must not be sent here."""


LetterComposer = Callable[[UnitOfWork, Letter], EmailMessage]


def deliver_letter(
    letter_id: int, composers: Mapping[str, LetterComposer], lane: Lane = "accounts"
) -> str | None:
    """Send one letter of the outbox, if it is to be had; returns its new state."""
    at = clock.now()
    with database().writing() as work:
        letter = claim_letter(work.connection, letter_id, at, settings().letter_lease)
        wait = None if letter else waiting_time(work.connection, letter_id, at)
    if letter is None:
        if wait:
            _post(letter_id, lane, wait)
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
    except ClaimLost:
        return "claim_lost"
    except Unavailable:
        return _try_later(letter, "database_unavailable")
    except Exception:  # noqa: BLE001 - a mistake of ours must not keep the letter claimed
        log_exception("letter_cannot_be_composed", letter_id=letter.id, kind=letter.kind)
        return _try_later(letter, _CANNOT_BE_COMPOSED)
    return _send(letter, message)


def _compose(letter: Letter, composers: Mapping[str, LetterComposer]) -> EmailMessage:
    """The message; from the commit on the letter counts as handed over."""
    with database().writing() as work:
        message = composers[letter.kind](work, letter)
        at = clock.now()
        if is_suppressed(work.connection, message.to, letter, at):
            raise LetterObsolete("suppressed")
        if not hand_over(work.connection, letter, at + settings().letter_lease):
            raise ClaimLost
    return message


def _send(letter: Letter, message: EmailMessage) -> str:
    try:
        provider_id = ses.send_message(message, letter.id)
    except NotSent as why:
        _adapt_pace(letter, throttled=isinstance(why, Throttled))
        return _try_later(letter, str(why))
    except MessageRefused as why:
        return _conclude(letter, "failed", reason=str(why), sent_to=message.to)
    except AnswerLost as why:
        if letter.repeatable:
            return _try_later(letter, str(why))
        return _conclude(letter, "unknown", reason=str(why), sent_to=message.to)
    _adapt_pace(letter, throttled=False)
    return _conclude(letter, "sent", provider_id=provider_id, sent_to=message.to, reason=None)


def _adapt_pace(letter: Letter, *, throttled: bool) -> None:
    if letter.lane == "reminders":
        reminders_pace().record(throttled=throttled)


def _conclude(letter: Letter, state: str, **facts: object) -> str:
    """Record the outcome.

    Raises:
        Unavailable: the database stays away; the claim's lease runs out and is settled then.
    """
    _insist(lambda work: finish(work.connection, letter, state, done_at=clock.now(), **facts))
    return state


def _try_later(letter: Letter, reason: str) -> str:
    """Growing gaps, and an end."""
    gap = retry_delay(letter.attempts, letter.id)
    if letter.lane == "accounts" and reason != _CANNOT_BE_COMPOSED:
        gap = min(gap, ACCOUNTS_GAP)
        is_last = clock.now() - letter.created_at >= settings().letter_life
    else:
        is_last = letter.attempts >= settings().letter_attempts
    if is_last:
        return _conclude(letter, "failed", reason=reason)
    _insist(lambda work: postpone_letter(work.connection, letter, clock.now() + gap, reason))
    _post(letter.id, letter.lane, gap)
    return "pending"


def _insist(mark: Callable[[UnitOfWork], None]) -> None:
    """Commit a mark, again and again for some seconds: a restart of the database must not lose it.

    Raises:
        Unavailable: the database stays away.
    """
    for pause in _MARKING_PAUSES_SECONDS:
        with suppress(Unavailable):
            _commit(mark)
            return
        time.sleep(pause)
    _commit(mark)


def _commit(mark: Callable[[UnitOfWork], None]) -> None:
    with database().writing() as work:
        mark(work)


def _post(letter_id: int, lane: Lane, delay: timedelta) -> None:
    """Post a letter again; what SQS does not take is marked in a transaction of its own."""
    if post_letters([letter_id], lane, delay):
        with suppress(Unavailable), database().writing() as work:
            mark_unposted(work.connection, [letter_id])


def retry_delay(attempts: int, letter_id: int) -> timedelta:
    """How long to wait after an attempt: twice as long each time.

    Letters that were refused together do not come back together: up to a quarter more, by the id.
    """
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(_FIRST_GAP * doubled * (1 + letter_id % 16 / 64), _LONGEST_GAP)
