"""Transactions against the real PostgreSQL: what is true, what is undone, what errors become."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from kith.database.engine import make_engine
from kith.database.errors import ConstraintViolation, DatabaseUnavailable, UniqueViolation
from kith.database.unit_of_work import Database
from kith.errors import NotFound


@pytest.fixture
def notes(engine: Engine) -> Iterator[Database]:
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE notes (id int CONSTRAINT pk_notes PRIMARY KEY,"
                " said text CONSTRAINT ck_notes_said CHECK (said <> ''))"
            )
        )
    yield Database(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE notes"))


def write(database: Database, number: int, said: str = "hello") -> None:
    with database.writing() as work:
        work.connection.execute(
            text("INSERT INTO notes VALUES (:number, :said)"), {"number": number, "said": said}
        )


def count(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM notes")).scalar_one())


def test_work_is_true_when_its_block_has_ended(notes: Database) -> None:
    write(notes, 1)

    assert count(notes) == 1


def test_work_that_fails_leaves_nothing_and_nothing_happens_afterwards(notes: Database) -> None:
    happened: list[str] = []

    with pytest.raises(NotFound), notes.writing() as work:
        work.connection.execute(text("INSERT INTO notes VALUES (1, 'hello')"))
        work.after_commit(lambda: happened.append("a letter"))
        raise NotFound

    assert count(notes) == 0
    assert happened == []


def test_what_shall_happen_afterwards_happens_once_the_work_is_true(notes: Database) -> None:
    seen: list[int] = []

    with notes.writing() as work:
        work.connection.execute(text("INSERT INTO notes VALUES (1, 'hello')"))
        work.after_commit(lambda: seen.append(count(notes)))

    assert seen == [1]


def test_nothing_happens_afterwards_when_the_commit_itself_fails(notes: Database) -> None:
    happened: list[str] = []

    with pytest.raises(UniqueViolation), notes.writing() as work:
        work.connection.execute(
            text("ALTER TABLE notes ADD UNIQUE (said) DEFERRABLE INITIALLY DEFERRED")
        )
        work.connection.execute(text("INSERT INTO notes VALUES (1, 'hello'), (2, 'hello')"))
        work.after_commit(lambda: happened.append("a letter"))

    assert count(notes) == 0
    assert happened == []


def test_a_unit_of_work_inside_another_is_a_mistake_that_is_seen_at_once(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="open already"), notes.writing(), notes.reading():
        pass

    assert count(notes) == 0


def test_a_second_row_of_a_kind_is_a_conflict_that_names_the_constraint(notes: Database) -> None:
    write(notes, 1)

    with pytest.raises(UniqueViolation) as refused:
        write(notes, 1)

    assert refused.value.constraint == "pk_notes"


def test_a_broken_rule_names_the_constraint(notes: Database) -> None:
    with pytest.raises(ConstraintViolation) as refused:
        write(notes, 1, said="")

    assert refused.value.constraint == "ck_notes_said"


def test_a_connection_that_the_server_closed_is_replaced_before_it_is_used(
    notes: Database, engine: Engine
) -> None:
    with notes.reading() as connection:
        victim = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    killer = make_engine(engine.url.render_as_string(hide_password=False).replace("+pg8000", ""))
    with killer.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": victim})
    killer.dispose()

    assert count(notes) == 0


def test_a_connection_that_breaks_under_a_statement_is_unavailable(notes: Database) -> None:
    with pytest.raises(DatabaseUnavailable), notes.reading() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_an_answer_that_came_too_late_is_never_taken_for_another(
    notes: Database,
) -> None:
    with pytest.raises(DatabaseUnavailable), notes.reading() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver._patience = 0.05
        connection.execute(text("SELECT pg_sleep(60)"))

    assert count(notes) == 0


def test_reading_leaves_no_transaction_open(notes: Database) -> None:
    with notes.reading() as connection:
        first = connection.execute(text("SELECT txid_current()")).scalar_one()
        second = connection.execute(text("SELECT txid_current()")).scalar_one()

    assert first != second


def test_a_statement_that_takes_too_long_is_unavailable(notes: Database) -> None:
    with pytest.raises(DatabaseUnavailable), notes.writing() as work:
        work.connection.execute(text("SET LOCAL statement_timeout = 20"))
        work.connection.execute(text("SELECT pg_sleep(60)"))


def test_a_mistake_of_ours_stays_visible(notes: Database) -> None:
    with pytest.raises(Exception, match="syntax"), notes.reading() as connection:
        connection.execute(text("SELEKT"))


def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = Database(make_engine("postgresql://nobody@127.0.0.1:1/nothing"))

    with pytest.raises(DatabaseUnavailable), nowhere.reading():
        pass


def test_what_people_wrote_stays_out_of_errors_and_so_out_of_the_log(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(text("SELECT :said FROM nowhere"), {"said": "a secret"})

    assert "a secret" not in str(caught.value)
