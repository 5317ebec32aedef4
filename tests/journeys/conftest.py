"""One stack for all journeys, and people who walk through it."""

from collections.abc import Iterator

import pytest

from tests.journeys.people import Person
from tests.journeys.stack import Stack, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("kith")) as stack:
        yield stack


@pytest.fixture
def alice(stack: Stack) -> Iterator[Person]:
    with stack.client() as client:
        yield Person.who_signed_up(client, "alice")


@pytest.fixture
def bob(stack: Stack) -> Iterator[Person]:
    with stack.client() as client:
        yield Person.who_signed_up(client, "bob")
