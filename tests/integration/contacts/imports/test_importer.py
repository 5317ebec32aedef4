"""Imports against the database: refusals, and two at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from kith.accounts.models import User
from kith.birthdate import Birthdate
from kith.contacts.entities import Owner
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.repository import ExchangeRepository, ImportRunning
from kith.contacts.imports.importer import Importer, PreparedImport, prepare_import
from kith.contacts.models import Contact
from kith.database.engine import make_engine
from tests.databases import RolledBack
from tests.factories import create_user
from tests.work import assert_linear, counted

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def owner(user_id: UUID) -> Owner:
    return Owner(user_id, date(2026, 11, 21), "feb28", "UA")


def prepared(whose: Owner, *names: str) -> PreparedImport:
    return prepare_import(
        [Card(line, first_name=name) for line, name in enumerate(names, 1)], whose
    )


@pytest.fixture
def crowd(postgres_url: str) -> Iterator[Engine]:
    """A database for several at once: what they do is really committed."""
    engine = make_engine(postgres_url, size=4)
    yield engine
    engine.dispose()


@pytest.fixture
def carol(crowd: Engine) -> Iterator[Owner]:
    with crowd.begin() as connection:
        user_id = create_user(connection, "carol")
    yield owner(user_id)
    with crowd.begin() as connection:
        connection.execute(delete(User).where(User.id == user_id))


def test_a_row_that_the_database_refuses_is_a_line_of_the_report(database: RolledBack) -> None:
    alice = owner(create_user(database.connection, "alice"))
    arriving = prepared(alice, *(f"Somebody {number}" for number in range(9)))
    arriving.cards[4].contact.birthdate = Birthdate(None, 2, 31)

    with database.writing() as work:
        Importer(work.session, alice, NOW).run(arriving)

    statuses = [each.status for each in arriving.results]
    assert statuses == [*["created"] * 4, "failed", *["created"] * 4]
    assert arriving.results[4].reason == "refused"


def test_while_one_import_runs_another_is_told_so(crowd: Engine, carol: Owner) -> None:
    with crowd.begin() as first, Session(crowd) as second:
        ExchangeRepository(first, carol.id).claim()

        with pytest.raises(ImportRunning):
            Importer(second, carol, NOW).run(prepared(carol, "Ada"))


def test_two_imports_of_one_file_at_once_bring_everybody_once(crowd: Engine, carol: Owner) -> None:
    together = Barrier(4)

    def bring_in(_: int) -> None:
        arriving = prepared(carol, *(f"Somebody {number}" for number in range(50)))
        together.wait()
        try:
            with Session(crowd) as session, session.begin():
                Importer(session, carol, NOW).run(arriving)
        except ImportRunning:
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(bring_in, range(4)))

    with crowd.connect() as connection:
        mine = select(func.count()).where(Contact.owner_id == carol.id)
        assert connection.scalar(mine) == 50


def test_a_namesake_with_another_uid_is_another_person(database: RolledBack) -> None:
    alice = owner(create_user(database.connection, "alice"))
    people = [Card(1, uid="a", first_name="Ada"), Card(2, uid="b", first_name="Ada")]

    with database.writing() as work:
        Importer(work.session, alice, NOW).run(first := prepare_import(people, alice))
        Importer(work.session, alice, NOW).run(again := prepare_import(people, alice))

    assert [each.status for each in first.results] == ["created", "created"]
    assert [each.status for each in again.results] == ["skipped", "skipped"]


def test_five_thousand_uids_are_looked_up_in_pieces(
    database: RolledBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.contacts.exchange.repository._LOOKED_UP_AT_ONCE", 2)
    alice = owner(create_user(database.connection, "alice"))
    people = [
        Card(
            number, uid=f"card-{number}", first_name="Ada", phones=(LabelledValue(f"100{number}"),)
        )
        for number in range(5)
    ]

    with database.writing() as work:
        Importer(work.session, alice, NOW).run(prepare_import(people, alice))
        Importer(work.session, alice, NOW).run(again := prepare_import(people, alice))

    assert {each.status for each in again.results} == {"skipped"}


def test_namesakes_whose_uids_differ_are_not_compared_with_each_other(database: RolledBack) -> None:
    """Work is counted: twice the people on both sides are twice the work, not four times."""
    with counted("kith.contacts.imports"):
        from kith.contacts.exchange.card import Card
        from kith.contacts.imports import importer

        def namesakes(book: str, count: int) -> list[Card]:
            return [Card(n, uid=f"{book}-{n}", first_name="Ada") for n in range(count)]

        def rehearsing(count: int) -> Callable[[], object]:
            alice = owner(create_user(database.connection, f"alice{count}"))
            stored = importer.prepare_import(namesakes("a", count), alice)
            with database.writing() as work:
                importer.Importer(work.session, alice, NOW).run(stored)

            prepared = importer.prepare_import(namesakes("b", count), alice)

            def rehearse() -> None:
                with database.reading() as connection:
                    importer.rehearse_import(connection, alice, prepared)

            return rehearse

        assert_linear(rehearsing, 120)
