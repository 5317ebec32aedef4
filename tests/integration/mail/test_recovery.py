"""Letters and a queue that is slow, away, or forgetful: nothing is lost, and little is repeated."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from kith import clock
from kith.mail import queue
from kith.mail.models import OutboxLetter
from kith.mail.outbox import enqueue_letter
from kith.mail.queue import CircuitBreaker, post_letters
from kith.mail.recovery import measure_account_letters, repost_letters
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_user
from tests.recorders import RecordingQueue, RecordingSes


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    return create_user(database.connection)


def enqueued(database: RolledBack, user_id: UUID, name: str, kind: str = "verify_email") -> int:
    with database.writing() as work:
        letter_id = enqueue_letter(work, kind, user_id, key=name, at=clock.now())
    assert letter_id is not None
    return letter_id


def row(database: RolledBack, letter_id: int) -> tuple[str, datetime | None]:
    statement = select(OutboxLetter.state, OutboxLetter.posted_at)
    state, posted_at = database.connection.execute(
        statement.where(OutboxLetter.id == letter_id)
    ).one()
    return state, posted_at


def repost(database: RolledBack, minutes: int = 0, pauses: list[float] | None = None) -> int:
    """A tick so many minutes later; its pauses are written down instead of slept."""
    slept: list[float] = []
    sleep = (slept if pauses is None else pauses).append
    at = clock.now() + timedelta(minutes=minutes)
    return repost_letters(RolledBackStatements(database), at, sleep)


def test_what_the_queue_did_not_take_is_marked(
    database: RolledBack, alice: UUID, letters_queue: RecordingQueue
) -> None:
    letters_queue.away = True

    letter_id = enqueued(database, alice, "a")

    assert row(database, letter_id) == ("pending", None)


def test_the_next_request_posts_it_along_with_its_own_letter(
    database: RolledBack, alice: UUID, letters_queue: RecordingQueue
) -> None:
    letters_queue.away = True
    waiting = [enqueued(database, alice, name) for name in "ab"]
    letters_queue.away = False
    queue.breaker.reset()

    own = enqueued(database, alice, "c")

    assert sorted(letters_queue.letter_ids()) == [*waiting, own]
    assert all(row(database, each)[1] for each in waiting)


def test_no_request_posts_reminders_which_it_may_not(
    database: RolledBack, alice: UUID, letters_queue: RecordingQueue
) -> None:
    letters_queue.away = True
    enqueued(database, alice, "a", "reminder_daily")
    letters_queue.away = False
    queue.breaker.reset()

    own = enqueued(database, alice, "b")

    assert letters_queue.letter_ids() == [own]


@pytest.mark.parametrize(
    ("kind", "lane"), [("verify_email", "letters"), ("reminder_daily", "reminders")]
)
def test_the_tick_posts_it_in_its_lane(
    database: RolledBack, alice: UUID, letters_queue: RecordingQueue, kind: str, lane: str
) -> None:
    letters_queue.away = True
    letter_id = enqueued(database, alice, "a", kind)
    letters_queue.away = False
    queue.breaker.reset()

    assert repost(database) == 1
    assert (letters_queue.letter_ids(), letters_queue.lanes()) == ([letter_id], [lane])


def test_a_queue_that_comes_back_is_served_in_the_same_tick(
    database: RolledBack,
    alice: UUID,
    letters_queue: RecordingQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letters_queue.away = True
    letter_id = enqueued(database, alice, "a")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        """The breaker's time passes, and the queue comes back in the third pause."""
        pauses.append(seconds)
        queue.breaker.reset()
        letters_queue.away = len(pauses) < 3

    posted = repost_letters(RolledBackStatements(database), clock.now(), pause)

    assert posted == 1
    assert letters_queue.letter_ids() == [letter_id]
    assert pauses == [CircuitBreaker.SECONDS] * 3


def test_an_absent_queue_costs_a_tick_some_seconds(
    database: RolledBack, alice: UUID, letters_queue: RecordingQueue
) -> None:
    letters_queue.away = True
    letter_id = enqueued(database, alice, "a")
    pauses: list[float] = []

    assert repost(database, 0, pauses) == 0
    assert sum(pauses) < 10
    assert row(database, letter_id) == ("pending", None)


def test_after_one_failure_the_queue_is_not_asked_for_each_batch(
    letters_queue: RecordingQueue,
) -> None:
    """Thousands of letters, and a call of three seconds for every ten of them: half an hour."""
    letters_queue.away = True

    refused = post_letters(range(1, 5_001), "reminders")

    assert refused == list(range(1, 5_001))
    assert letters_queue.calls <= 8


def test_the_tick_measures_the_oldest_letter_of_an_account(
    database: RolledBack,
    alice: UUID,
    letters_queue: RecordingQueue,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever the queue knows of it, and however often it was tried; reminders have the day."""
    at = clock.now()
    enqueued(database, alice, "b", kind="reminder_of_the_day")
    enqueued(database, alice, "a")

    waiting = measure_account_letters(RolledBackStatements(database), at + timedelta(seconds=100))

    written = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert waiting == 1
    assert 90 <= written["OldestAccountLetterSeconds"][0] <= 100


def test_the_breaker_closes_by_itself() -> None:
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])

    breaker.record_failure()
    states = []
    for now[0] in (0.0, CircuitBreaker.SECONDS - 0.1, CircuitBreaker.SECONDS):
        states.append(breaker.is_open())

    assert states == [True, True, False]


def test_a_backlog_is_not_posted_again(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    """271 letters were posted again only because the senders were busy."""
    for name in "abcde":
        enqueued(database, alice, name)

    again = [repost(database, minutes) for minutes in (1, 16, 40, 300)]

    assert again == [0, 0, 0, 0]
    assert len(letters_queue.letter_ids()) == 5


def test_what_the_queue_has_lost_is_posted_again_once(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    letter_ids = [enqueued(database, alice, name) for name in "abcde"]
    letters_queue.messages.clear()
    letters_queue.depth = 3

    early, late = repost(database, 1), repost(database, 16)
    letters_queue.depth = 5
    again = repost(database, 40)

    assert (early, late, again) == (0, 2, 0)
    assert sorted(letters_queue.letter_ids()) == letter_ids[:2]
