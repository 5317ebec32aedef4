"""One stack for all journeys, and people who walk through it."""

from collections.abc import Iterator

import pytest

from tests.journeys.people import Person
from tests.local_cloud import RunningCloud, cloud

# What would depend on the machine's speed: hashes are cheap, and a grace outlasts any crowd.
SETTINGS = {"KITH_PASSWORD_COST": "4", "KITH_REFRESH_GRACE_SECONDS": "600"}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with cloud(tmp_path_factory.mktemp("kith"), environment=SETTINGS) as stack:
        yield stack
        assert stack.stop() == 0, stack.log.read_text()


@pytest.fixture
def alice(stack: RunningCloud) -> Iterator[Person]:
    with stack.client() as client:
        yield Person.signed_up(client, "alice")


@pytest.fixture
def bob(stack: RunningCloud) -> Iterator[Person]:
    with stack.client() as client:
        yield Person.signed_up(client, "bob")
