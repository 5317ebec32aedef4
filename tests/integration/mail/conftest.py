"""SES and SQS for the post room: recorded, and misbehaving when told to."""

from collections.abc import Iterator

import pytest

from kith import settings as environment
from tests.post import RecordingQueue, RecordingSes, recording


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[RecordingSes, RecordingQueue]]:
    monkeypatch.setenv("KITH_LETTERS_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/letters")
    environment.settings.cache_clear()
    with recording() as recorders:
        yield recorders


@pytest.fixture
def mail(post: tuple[RecordingSes, RecordingQueue]) -> RecordingSes:
    return post[0]


@pytest.fixture
def letters_queue(post: tuple[RecordingSes, RecordingQueue]) -> RecordingQueue:
    return post[1]
