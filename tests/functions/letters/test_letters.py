"""The letters door: batches of SQS, and what SES reports through SNS."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from functions.letters.app import handler
from kith.accounts.models import User
from kith.mail.models import OutboxLetter, Suppression
from kith.mail.pacing import Pace, reminders_pace
from tests.clock import FrozenClock
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_contact, create_user
from tests.planning import plan_tick
from tests.recorders import RecordingQueue, RecordingSes

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)


@pytest.fixture
def alice(database: RolledBack, clock: FrozenClock) -> UUID:
    clock.set(NINE)
    return create_user(database.connection, email="alice@example.com")


def invoke(*bodies: Any, left_ms: int = 25_000) -> list[str]:
    """The ids of the messages that SQS is to bring back."""
    records = [
        {"messageId": f"m{n}", "body": body if isinstance(body, str) else json.dumps(body)}
        for n, body in enumerate(bodies)
    ]
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left_ms)
    answer = handler({"Records": records}, context)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def planned(database: RolledBack, alice: UUID) -> int:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    plan_tick(RolledBackStatements(database), NINE)
    letter_id: int | None = database.connection.scalar(select(OutboxLetter.id))
    assert letter_id is not None
    return letter_id


def ses_event(kind: str, letter_id: int, **about: Any) -> dict[str, Any]:
    """What SES says, in the envelope of SNS."""
    tags = {"letter_id": [str(letter_id)], "ses:configuration-set": ["reminders"]}
    report = {"eventType": kind, "mail": {"tags": tags}, kind.lower(): about}
    return {"Type": "Notification", "Message": json.dumps(report)}


def complaint(letter_id: int) -> dict[str, Any]:
    return ses_event(
        "Complaint", letter_id, complainedRecipients=[{"emailAddress": "alice@example.com"}]
    )


def bounce(letter_id: int, kind: str) -> dict[str, Any]:
    people = [{"emailAddress": "Alice@Example.com", "status": "5.1.1"}]
    return ses_event("Bounce", letter_id, bounceType=kind, bouncedRecipients=people)


def test_a_letter_goes_out_once_although_its_message_comes_five_times(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    message = {"version": 1, "letter_id": planned(database, alice)}

    failed = invoke(*[message] * 5)

    assert failed == []
    assert mail.letters_to() == {"alice@example.com": 1}


def test_only_what_nobody_understands_comes_back(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    message = {"version": 1, "letter_id": planned(database, alice)}
    strange = [
        "no json",
        [],
        {},
        {"version": 2, "letter_id": 1},
        {"version": 1, "letter_id": "1"},
        {"Type": "Notification", "Message": "no json"},
        {"Type": "Notification", "Message": "[]"},
    ]

    failed = invoke(message, *strange)

    assert failed == [f"m{n + 1}" for n in range(len(strange))]
    assert mail.asked == 1


def test_a_letter_that_this_invocation_has_no_time_for_is_left_to_the_next(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    letter_id = planned(database, alice)

    failed = invoke({"version": 1, "letter_id": letter_id}, left_ms=14_000)

    assert (failed, mail.asked) == ([], 0)
    assert letters_queue.letter_ids() == [letter_id, letter_id]
    letters_queue.away = True
    assert invoke({"version": 1, "letter_id": letter_id}, left_ms=14_000) == ["m0"]


def test_a_complaint_stops_the_reminders_at_once(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = planned(database, alice)

    failed = invoke(complaint(letter_id), {"version": 1, "letter_id": letter_id})

    assert failed == []
    assert database.connection.scalar(select(User.reminders_enabled)) is False
    assert mail.asked == 0


@pytest.mark.parametrize(("kind", "asked"), [("Permanent", 0), ("Transient", 1)])
def test_a_bounce_for_good_stops_letters_one_for_now_does_not(
    database: RolledBack, alice: UUID, mail: RecordingSes, kind: str, asked: int
) -> None:
    letter_id = planned(database, alice)

    invoke(bounce(letter_id, kind), {"version": 1, "letter_id": letter_id})

    assert mail.asked == asked
    assert database.connection.scalar(select(User.id)) == alice


def test_transient_bounces_are_counted(database: RolledBack, alice: UUID) -> None:
    letter_id = planned(database, alice)

    invoke(*[bounce(letter_id, "Transient")] * 3)

    assert database.connection.scalar(select(Suppression.transient_bounces)) == 3


def test_a_letter_whose_answer_was_lost_is_known_to_have_left_when_ses_says_so(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = planned(database, alice)
    mail.behave("swallow")
    invoke({"version": 1, "letter_id": letter_id})
    assert database.connection.scalar(select(OutboxLetter.state)) == "unknown"

    invoke(ses_event("Send", letter_id))

    assert database.connection.scalar(select(OutboxLetter.state)) == "sent"


def test_what_ses_rejected_afterwards_has_failed(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = planned(database, alice)
    invoke({"version": 1, "letter_id": letter_id})

    invoke(ses_event("Reject", letter_id, reason="Bad content"))

    found = database.connection.execute(select(OutboxLetter.state, OutboxLetter.reason)).one()
    assert tuple(found) == ("failed", "rejected_by_ses")


def test_reports_without_envelope_or_letter_are_understood_too(database: RolledBack) -> None:
    people = [{"emailAddress": "carol@example.com"}]
    old = {"notificationType": "Complaint", "complaint": {"complainedRecipients": people}}

    assert invoke(old, {"eventType": "Delivery", "mail": {"tags": {}}}) == []
    assert database.connection.scalar(select(Suppression.address)) == "carol@example.com"


def test_a_delivery_shows_that_a_mailbox_is_there_again(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = planned(database, alice)
    invoke(bounce(letter_id, "Permanent"))

    invoke(ses_event("Delivery", letter_id, recipients=["alice@example.com"]))
    invoke({"version": 1, "letter_id": letter_id})

    assert mail.asked == 1


def lane_message(letter_id: int) -> dict[str, Any]:
    return {"version": 1, "letter_id": letter_id, "lane": "reminders"}


def test_reminders_leave_at_their_pace(
    database: RolledBack, alice: UUID, mail: RecordingSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("kith.mail.sqs_handler.time.sleep", slept.append)
    letter_id = planned(database, alice)

    with reminders_pace.override(Pace(0.5, lambda: 100.0)):
        failed = invoke(*[lane_message(letter_id)] * 3)

    assert (failed, slept) == ([], [0.0, 0.5, 1.0])


def test_letters_of_accounts_are_not_paced(
    database: RolledBack, alice: UUID, mail: RecordingSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("kith.mail.sqs_handler.time.sleep", slept.append)
    letter_id = planned(database, alice)

    invoke(*[{"version": 1, "letter_id": letter_id, "lane": "accounts"}] * 3)

    assert slept == []


def test_a_throttled_reminder_slows_its_worker_down(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    letter_id = planned(database, alice)
    mail.behave("throttle")

    with reminders_pace.override(Pace(0.5)) as pace:
        invoke(lane_message(letter_id))

    assert pace.interval == 1.0


def test_a_reminder_that_the_pace_leaves_no_time_for_is_left_to_the_next(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    letter_id = planned(database, alice)
    pace = Pace(9.0, lambda: 100.0)
    pace.reserve()

    with reminders_pace.override(pace):
        failed = invoke(lane_message(letter_id), left_ms=20_000)

    assert (failed, mail.asked) == ([], 0)
    assert (letters_queue.lanes()[-1], letters_queue.delays()[-1]) == ("reminders", 9)


def test_a_reminder_that_a_bounce_stopped_leaves_when_the_bounce_is_lifted_the_same_day(
    database: RolledBack, alice: UUID, mail: RecordingSes, letters_queue: RecordingQueue
) -> None:
    letter_id = planned(database, alice)
    invoke(bounce(letter_id, "Permanent"), lane_message(letter_id))
    assert database.connection.scalar(select(OutboxLetter.reason)) == "suppressed"

    invoke(ses_event("Delivery", letter_id, recipients=["alice@example.com"]))
    invoke(lane_message(letters_queue.letter_ids()[-1]))

    assert mail.letters_to() == {"alice@example.com": 1}
