"""A letter of an account leaves within a minute after any fault: by the clock, in its worst hours.

Watches follow each other as the schedule wakes them. What happens between them happens at a given
second, and a letter must be in the queue again less than a minute after the fault was over.
"""

from collections.abc import Callable
from uuid import UUID

import pytest

from kith.clock import now
from kith.database.native import Row, Statements
from kith.mail import queue
from kith.mail.outbox import Letter, claim_letter, enqueue_letter, hand_over
from kith.mail.recovery import WATCH_EVERY, watch_account_letters
from kith.mail.sender import ACCOUNTS_GAP, deliver_letter
from kith.mail.ses import EmailMessage
from kith.settings import settings
from tests.clock import FrozenClock
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_user
from tests.recorders import RecordingQueue, RecordingSes

MINUTE = 60
MESSAGE = EmailMessage(to="alice@example.com", subject="Hello", text="Hello", html="<p>Hello</p>")
# For the message to be received and SES to be called: what is left of the minute.
DELIVERY = 4
# Just after a watch began, when it looked last, when it has ended, in the gap, before the next one.
MOMENTS = (0.5, 5.9, 6.1, 9.5, 33.0, 59.9)


class Minutes:
    """Watches, minute by minute, and what happens at which second."""

    def __init__(
        self, database: RolledBack, frozen: FrozenClock, letters_queue: RecordingQueue
    ) -> None:
        self.database = database
        self.queue = letters_queue
        self.seconds = 0.0
        self.away_until = 0.0
        self._clock = frozen
        self._events: list[tuple[float, Callable[[], object]]] = []
        self._statements = RolledBackStatements(database)

    def at(self, second: float, event: Callable[[], object]) -> None:
        self._events.append((second, event))

    def run(self, statement: str, **values: object) -> list[Row]:
        """The statements of the watch."""
        if self.seconds < self.away_until:
            raise ConnectionRefusedError
        return self._statements.run(statement, **values)

    def pass_until(self, second: float) -> None:
        due = sorted((each for each in self._events if each[0] <= second), key=lambda each: each[0])
        self._events = [each for each in self._events if each[0] > second]
        for moment, event in due:
            self._move(moment)
            event()
        self._move(second)
        queue.breaker.reset()

    def watch_until_posted(self, letter_id: Callable[[], int]) -> float:
        """The second at which the letter is in the queue."""
        found: list[float] = []

        def sleep(seconds: float) -> None:
            if not found and letter_id() in self.queue.letter_ids():
                found.append(self.seconds)
            self.pass_until(self.seconds + seconds)

        for minute in range(6):
            self.watch(minute, sleep)
            sleep(0)
            if found:
                break
        return found[0]

    def watch(self, minute: int, sleep: Callable[[float], None] | None = None) -> None:
        """The watch of a minute."""
        statements: Statements = self
        self.pass_until(max(self.seconds, minute * WATCH_EVERY.total_seconds()))
        watch_account_letters(statements, sleep or self.sleep, lambda: self.seconds)

    def sleep(self, seconds: float) -> None:
        self.pass_until(self.seconds + seconds)

    def _move(self, second: float) -> None:
        self.seconds = second
        self._clock.set_offset(second)


@pytest.fixture
def minutes(database: RolledBack, clock: FrozenClock, letters_queue: RecordingQueue) -> Minutes:
    return Minutes(database, clock, letters_queue)


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    return create_user(database.connection)


@pytest.fixture
def letter_ids(minutes: Minutes, alice: UUID) -> "Letters":
    return Letters(minutes, alice)


class Letters:
    """Alice's one letter, and what may befall it."""

    def __init__(self, minutes: Minutes, user_id: UUID) -> None:
        self._minutes = minutes
        self._user_id = user_id
        self._id = 0

    def __call__(self) -> int:
        return self._id

    def enqueue(self) -> None:
        with self._minutes.database.writing() as work:
            found = enqueue_letter(work, "verify_email", self._user_id, key="letter", at=now())
        assert found is not None
        self._id = found

    def lose_message(self) -> None:
        """It is lost, or hidden until its visibility timeout."""
        self._minutes.queue.forget()

    def claim(self) -> Letter:
        connection, lease = self._minutes.database.connection, settings().letter_lease
        letter = claim_letter(connection, self._id, now(), lease)
        assert letter is not None
        return letter

    def hand_over(self) -> None:
        until = now() + settings().letter_lease
        assert hand_over(self._minutes.database.connection, self.claim(), until)


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_the_queue_did_not_take(
    minutes: Minutes, letter_ids: Letters, mail: RecordingSes, moment: float
) -> None:
    def come_back() -> None:
        minutes.queue.away = False

    minutes.queue.away = True
    minutes.at(moment - 0.2, letter_ids.enqueue)
    minutes.at(moment, come_back)

    assert minutes.watch_until_posted(letter_ids) - moment < MINUTE - DELIVERY


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_the_queue_has_lost(
    minutes: Minutes, letter_ids: Letters, mail: RecordingSes, moment: float
) -> None:
    minutes.at(moment, letter_ids.enqueue)
    minutes.at(moment, letter_ids.lose_message)

    assert minutes.watch_until_posted(letter_ids) - moment < MINUTE - DELIVERY


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("death", [Letters.claim, Letters.hand_over])
def test_what_a_worker_died_with(
    minutes: Minutes,
    letter_ids: Letters,
    mail: RecordingSes,
    moment: float,
    death: Callable[[Letters], object],
) -> None:
    minutes.at(moment, letter_ids.enqueue)
    minutes.at(moment, letter_ids.lose_message)
    minutes.at(moment, lambda: death(letter_ids))

    assert minutes.watch_until_posted(letter_ids) - moment < MINUTE - DELIVERY


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("outage", [0.3, 25.0, 100.0])
def test_what_waited_for_postgresql(
    minutes: Minutes, letter_ids: Letters, mail: RecordingSes, moment: float, outage: float
) -> None:
    """Its message failed, and is hidden for longer than a minute."""

    def fall() -> None:
        minutes.away_until = moment + outage

    minutes.at(moment - 0.1, letter_ids.enqueue)
    minutes.at(moment, letter_ids.lose_message)
    minutes.at(moment, fall)

    assert minutes.watch_until_posted(letter_ids) - (moment + outage) < MINUTE - DELIVERY


@pytest.mark.parametrize("manner", ["throttle", "pause", "break", "unreachable"])
def test_what_ses_did_not_take_is_tried_within_half_a_minute_for_a_day(
    database: RolledBack,
    alice: UUID,
    clock: FrozenClock,
    mail: RecordingSes,
    letters_queue: RecordingQueue,
    manner: str,
) -> None:
    with database.writing() as work:
        letter_id = enqueue_letter(work, "notice", alice, key="a", at=now())
    assert letter_id is not None
    mail.behave(manner)
    states, offset = [], 0.0
    composers = {"notice": lambda *_: MESSAGE}

    for _ in range(12):
        states.append(deliver_letter(letter_id, composers))
        offset += ACCOUNTS_GAP.total_seconds()
        clock.set_offset(offset)

    assert states == ["pending"] * 12
    assert max(letters_queue.delays()) <= ACCOUNTS_GAP.total_seconds()
    clock.set_offset(settings().letter_life.total_seconds() + 60)
    assert deliver_letter(letter_id, composers) == "failed"


def test_a_watch_with_nothing_to_do_soon_ends(minutes: Minutes, mail: RecordingSes) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        minutes.pass_until(minutes.seconds + seconds)

    assert watch_account_letters(minutes, sleep, lambda: minutes.seconds) == 0
    assert sum(slept) == 6


def test_a_backlog_is_not_posted_again(
    minutes: Minutes, letter_ids: Letters, mail: RecordingSes
) -> None:
    """Its message waits behind others: it can be seen."""
    letter_ids.enqueue()

    for minute in (1, 2):
        minutes.watch(minute)

    assert minutes.queue.letter_ids() == [letter_ids()]


def test_what_is_posted_again_waits_its_turn(
    minutes: Minutes, letter_ids: Letters, mail: RecordingSes
) -> None:
    letter_ids.enqueue()
    letter_ids.lose_message()
    minutes.queue.depth = 0  # whatever is posted is hidden at once

    for minute in (0, 1):
        minutes.watch(minute)

    assert 2 <= len(minutes.queue.letter_ids()) <= minutes.seconds / 20 + 1
