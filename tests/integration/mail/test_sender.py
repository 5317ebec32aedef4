"""A letter on its way: claimed, composed, sent, recorded; and what happens when that fails."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, update

from kith import clock
from kith.database.unit_of_work import UnitOfWork
from kith.errors import Unavailable
from kith.mail import outbox as letters
from kith.mail import sender
from kith.mail.models import OutboxLetter
from kith.mail.outbox import Letter
from kith.mail.recovery import settle_expired_claims
from kith.mail.sender import LetterObsolete, deliver_letter, retry_delay
from kith.mail.ses import EmailMessage
from kith.mail.suppressions import record_bounce, record_complaint, record_transient_bounce
from kith.settings import settings
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_user
from tests.recorders import RecordingQueue, RecordingSes


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    return create_user(database.connection)


def compose(work: UnitOfWork, letter: Letter) -> EmailMessage:
    del work, letter
    return EmailMessage(to="alice@example.com", subject="Hello", text="Hello", html="<p>Hello</p>")


COMPOSERS = {"verify_email": compose, "reminder_daily": compose}
LEASE = timedelta(seconds=120)


def enqueued(database: RolledBack, user_id: UUID, kind: str = "verify_email", **more: Any) -> int:
    at = more.pop("at", clock.now())
    with database.writing() as work:
        letter_id = letters.enqueue_letter(work, kind, user_id, key=f"{kind}-1", at=at, **more)
    assert letter_id is not None
    return letter_id


def row(database: RolledBack, letter_id: int) -> Row[Any]:
    return database.connection.execute(
        select(OutboxLetter).where(OutboxLetter.id == letter_id)
    ).one()


def test_a_letter_is_sent_once_however_often_its_message_comes(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    letter_id = enqueued(database, alice)

    states = [deliver_letter(letter_id, COMPOSERS) for _ in range(5)]

    assert states == ["sent", None, None, None, None]
    assert letters_queue.letter_ids() == [letter_id]
    assert mail.letters_to() == {"alice@example.com": 1}
    found = row(database, letter_id)
    assert (found.state, found.provider_id, found.sent_to) == ("sent", "ses-1", "alice@example.com")


def test_a_key_makes_one_letter(database: RolledBack, alice: UUID, mail: RecordingSes) -> None:
    enqueued(database, alice)

    with database.writing() as work:
        again = letters.enqueue_letter(
            work, "verify_email", alice, key="verify_email-1", at=clock.now()
        )

    assert again is None


@pytest.mark.parametrize("manner", ["throttle", "pause", "unreachable"])
def test_what_ses_certainly_did_not_take_goes_out_later(
    database: RolledBack,
    alice: UUID,
    mail: RecordingSes,
    letters_queue: RecordingQueue,
    manner: str,
) -> None:
    letter_id = enqueued(database, alice, "reminder_daily")
    mail.behave(manner)

    state = deliver_letter(letter_id, COMPOSERS)

    found = row(database, letter_id)
    assert (state, found.state, mail.asked) == ("pending", "pending", 1)
    assert found.not_before > clock.now()
    assert letters_queue.letter_ids() == [letter_id, letter_id]
    assert 15 <= letters_queue.delays()[1] <= 20


def test_gaps_grow_and_stay_within_what_the_queue_can_delay() -> None:
    gaps = [retry_delay(attempt, 1).total_seconds() for attempt in range(1, 12)]

    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[1] / gaps[0], gaps[-1]) == (15.234375, 2.0, 900.0)


def test_a_message_that_comes_too_early_is_told_again_when_it_is_time(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    letter_id = enqueued(database, alice, at=clock.now() + timedelta(seconds=100))

    state = deliver_letter(letter_id, COMPOSERS)

    assert (state, mail.asked) == (None, 0)
    assert letters_queue.delays()[-1] in {99, 100}


def test_a_rejection_is_for_good(database: RolledBack, alice: UUID, mail: RecordingSes) -> None:
    letter_id = enqueued(database, alice)
    mail.behave("reject")

    states = [deliver_letter(letter_id, COMPOSERS) for _ in range(2)]

    found = row(database, letter_id)
    assert states == ["failed", None]
    assert (found.state, found.reason, mail.asked) == ("failed", "MessageRejected", 1)


def test_an_address_that_is_not_verified_yet_is_tried_again(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    """SES's sandbox says so of recipients, and any account of a sender whose link waits."""
    letter_id = enqueued(database, alice)
    mail.behave("not know")

    state = deliver_letter(letter_id, COMPOSERS)

    assert (state, row(database, letter_id).reason) == ("pending", "MessageRejected")


@pytest.mark.parametrize("manner", ["swallow", "break"])
def test_a_reminder_whose_answer_is_lost_is_unknown_and_never_repeated(
    database: RolledBack, alice: UUID, mail: RecordingSes, manner: str
) -> None:
    letter_id = enqueued(database, alice, "reminder_daily")
    mail.behave(manner)

    states = [deliver_letter(letter_id, COMPOSERS) for _ in range(2)]

    assert states == ["unknown", None]
    assert (row(database, letter_id).state, mail.asked) == ("unknown", 1)


def test_a_link_that_somebody_waits_for_may_come_twice(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = enqueued(database, alice, "verify_email")
    mail.behave("swallow")

    state = deliver_letter(letter_id, COMPOSERS)

    assert (state, row(database, letter_id).state) == ("pending", "pending")


def test_a_letter_without_a_reason_is_dropped(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    def pointless(work: UnitOfWork, letter: Letter) -> EmailMessage:
        raise LetterObsolete("already_verified")

    letter_id = enqueued(database, alice)

    state = deliver_letter(letter_id, {"verify_email": pointless})

    found = row(database, letter_id)
    assert (state, found.state, found.reason) == ("dropped", "dropped", "already_verified")
    assert mail.asked == 0


def test_a_mistake_in_a_composer_keeps_no_letter_claimed(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = enqueued(database, alice)

    state = deliver_letter(letter_id, {})

    assert (state, row(database, letter_id).reason) == ("pending", "cannot_be_composed")


def test_a_reminder_is_given_up_at_last(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    """A letter of an account is, after a day: see the tests of the watch."""
    letter_id = enqueued(database, alice, "reminder_daily")
    tried = update(OutboxLetter).values(attempts=settings().letter_attempts - 1)
    database.connection.execute(tried)
    mail.behave("throttle")

    assert deliver_letter(letter_id, COMPOSERS) == "failed"


def test_that_a_letter_was_sent_is_written_down_even_if_the_database_blinks(
    database: RolledBack, alice: UUID, mail: RecordingSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_id = enqueued(database, alice)
    finish, blinks = letters.finish, iter([True, True])

    def blinking(*given: Any, **facts: Any) -> None:
        if next(blinks, False):
            raise Unavailable
        finish(*given, **facts)

    monkeypatch.setattr(letters, "finish", blinking)
    monkeypatch.setattr(sender, "_MARKING_PAUSES_SECONDS", (0.001,) * 3)

    assert deliver_letter(letter_id, COMPOSERS) == "sent"
    assert row(database, letter_id).state == "sent"


def held(
    database: RolledBack, alice: UUID, kind: str, state: str, lease: timedelta = LEASE
) -> tuple[Letter, datetime]:
    """A letter that a worker has claimed, or handed over, before it died."""
    letter_id = enqueued(database, alice, kind)
    now = clock.now()
    letter = letters.claim_letter(database.connection, letter_id, now, lease)
    assert letter is not None
    if state == "handed_over":
        assert letters.hand_over(database.connection, letter, now + lease)
    return letter, now


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("reminder_daily", "claimed", "pending"),
        ("reminder_daily", "handed_over", "unknown"),
        ("verify_email", "claimed", "pending"),
        ("verify_email", "handed_over", "pending"),
    ],
)
def test_the_claim_of_a_dead_worker_is_settled_when_its_lease_has_run_out(
    database: RolledBack, alice: UUID, mail: RecordingSes, kind: str, before: str, after: str
) -> None:
    """What was only claimed has not left: it goes out the same day. The other may have."""
    letter, now = held(database, alice, kind, before)
    statements = RolledBackStatements(database)

    early = settle_expired_claims(statements, now + LEASE - timedelta(seconds=1))
    late = settle_expired_claims(statements, now + LEASE + timedelta(seconds=1))

    assert (early, late) == (0, 1)
    assert row(database, letter.id).state == after


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("reminder_daily", "claimed", "sent"),
        ("reminder_daily", "handed_over", None),
        ("verify_email", "claimed", "sent"),
        ("verify_email", "handed_over", "sent"),
    ],
)
def test_what_a_dead_worker_held_goes_out_when_its_message_comes_back(
    database: RolledBack, alice: UUID, mail: RecordingSes, kind: str, before: str, after: str | None
) -> None:
    letter, _ = held(database, alice, kind, before, timedelta(seconds=-1))

    assert deliver_letter(letter.id, COMPOSERS) == after


def test_a_worker_that_lost_its_claim_does_not_call_ses(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = enqueued(database, alice, "reminder_daily")

    def slow(work: UnitOfWork, letter: Letter) -> EmailMessage:
        """So slow that its lease runs out, and another worker claims the letter."""
        later = clock.now() + settings().letter_lease
        assert letters.claim_letter(work.connection, letter.id, later, LEASE)
        return compose(work, letter)

    state = deliver_letter(letter_id, {"reminder_daily": slow})

    assert (state, mail.asked) == ("claim_lost", 0)


def test_a_letter_is_handed_over_before_ses_is_called(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = enqueued(database, alice, "reminder_daily")
    seen = []

    def looking(_: int) -> str:
        seen.append(row(database, letter_id).state)
        return "take"

    mail.manner = looking

    assert deliver_letter(letter_id, COMPOSERS) == "sent"
    assert seen == ["handed_over"]


def test_a_sender_that_was_only_slow_still_has_the_last_word(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter, now = held(database, alice, "reminder_daily", "handed_over")
    settle_expired_claims(RolledBackStatements(database), now + LEASE + timedelta(seconds=1))

    letters.finish(database.connection, letter, "sent", provider_id="ses-1")

    assert row(database, letter.id).state == "sent"


@pytest.mark.parametrize(
    ("kind", "hours", "state"),
    [
        ("reminder_daily", 1, "dropped"),
        ("reminder_daily", 25, "dropped"),
        ("verify_email", 1, "dropped"),
        ("verify_email", 25, "sent"),
    ],
)
def test_an_address_that_bounced_gets_no_reminders_and_a_rest_from_the_others(
    database: RolledBack, alice: UUID, mail: RecordingSes, kind: str, hours: int, state: str
) -> None:
    then = clock.now() - timedelta(hours=hours)
    record_bounce(database.connection, "Alice@Example.com", then)

    assert deliver_letter(enqueued(database, alice, kind), COMPOSERS) == state


def test_after_a_complaint_only_what_was_asked_for_is_sent(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    record_complaint(database.connection, "alice@example.com", clock.now())

    reminder = deliver_letter(enqueued(database, alice, "reminder_daily"), COMPOSERS)
    verification = deliver_letter(enqueued(database, alice, "verify_email"), COMPOSERS)

    assert (reminder, verification) == ("dropped", "sent")


def test_transient_bounces_are_only_counted(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    for _ in range(3):
        record_transient_bounce(database.connection, "alice@example.com", clock.now())

    assert deliver_letter(enqueued(database, alice, "reminder_daily"), COMPOSERS) == "sent"
