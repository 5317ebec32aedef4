"""The cast: Alice owns, Bob does not."""

import pytest

from tests.clients import Client
from tests.databases import RolledBack
from tests.factories import create_user


@pytest.fixture
def alice(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "alice"), locale="uk", time_zone="Europe/Kyiv")


@pytest.fixture
def bob(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "bob"))
