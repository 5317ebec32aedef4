"""The cast: Alice owns, Bob does not."""

import pytest

from tests.book_owners import Person, signed_up
from tests.databases import RolledBack


@pytest.fixture
def alice(database: RolledBack) -> Person:
    return Person(signed_up(database.connection, "alice"), locale="uk", time_zone="Europe/Kyiv")


@pytest.fixture
def bob(database: RolledBack) -> Person:
    return Person(signed_up(database.connection, "bob"))
