"""Searching and sorting on a database that knows no letters but those of ASCII."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from kith.database.unit_of_work import Database
from kith.database.unit_of_work import database as current_database
from kith.migrations.head import upgrade
from tests.clients import Client
from tests.databases import patient_engine
from tests.factories import create_user

MAKE = """
CREATE DATABASE plain TEMPLATE template0 ENCODING 'UTF8'
LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'
"""


@pytest.fixture(scope="module")
def alice(postgres_url: str) -> Iterator[Client]:
    server = patient_engine(postgres_url)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(MAKE))
        url = urlsplit(postgres_url)._replace(path="/plain").geturl()
        upgrade(url)
        engine = patient_engine(url)
        with current_database.override(Database(engine)) as database:
            with database.writing() as work:
                person = Client(create_user(work.connection, "alice"))
            for name in ("Іван", "Łódź", "Марʼяна", "Яна", "Ілля", "a%b", "axb"):
                person.create(name)
            yield person
        engine.dispose()
        connection.execute(text("DROP DATABASE plain"))
    server.dispose()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ІВАН", ["Іван"]),
        ("ivan", ["Іван"]),
        ("lodz", ["Łódź"]),
        ("мар'яна", ["Марʼяна"]),
        ("a%b", ["a%b"]),
        ("a_b", []),
    ],
)
def test_search_is_the_same_without_a_locale(alice: Client, typed: str, names: list[str]) -> None:
    found = alice.request("GET", "/api/contacts", query={"q": typed}).body["items"]

    assert [each["first_name"] for each in found] == names


def test_sorting_is_the_same_without_a_locale(alice: Client) -> None:
    listed = alice.request("GET", "/api/contacts", query={"sort": "name"}).body["items"]

    names = [each["first_name"] for each in listed]
    assert names == ["a%b", "axb", "Łódź", "Іван", "Ілля", "Марʼяна", "Яна"]
