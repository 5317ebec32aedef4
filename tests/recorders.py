"""Fixtures: SES and SQS recorded, misbehaving when told to; and a clock that can be moved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kith import settings as environment
from tests.fresh_database import FreshDatabase, fresh_database_beside
from tests.moments import Moments, moved_clock
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


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Moments:
    """The clock of the code under test, to be moved."""
    return moved_clock(monkeypatch, tmp_path / "clock.json")


@pytest.fixture
def fresh_database(postgres_url: str) -> Iterator[FreshDatabase]:
    """A database whose commits are real."""
    with fresh_database_beside(postgres_url) as fresh:
        yield fresh
