"""Posting takes no longer than the request has: its letters are marked and posted later."""

from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from kith.deadline import Deadline, running_until
from kith.mail import queue
from kith.settings import settings
from tests.recorders import RecordingQueue


def test_when_no_time_is_left_sqs_is_not_asked(letters_queue: RecordingQueue) -> None:
    stopped = SimpleNamespace(seconds=0.0)
    with running_until(Deadline(5, lambda: stopped.seconds)):
        stopped.seconds = 5

        assert queue.post_letters([1, 2]) == [1, 2]

    assert letters_queue.calls == 0
    assert not queue.breaker.is_open(), "SQS is none the worse for it"


def test_a_queue_that_hangs_is_given_up_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    released = Event()

    def hang(**_: Any) -> None:
        released.wait()

    monkeypatch.setenv("KITH_LETTERS_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/letters")
    settings.cache_clear()
    monkeypatch.setattr(queue, "_client", lambda: SimpleNamespace(send_message_batch=hang))
    with running_until(Deadline(0.2)):
        assert queue.post_letters([1]) == [1]
    released.set()
    queue.breaker.reset()
