"""The letters that the local SES accepted, kept in a file that survives everything.

SQLite, and not a list in memory: a hundred thousand letters are a test that somebody runs.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass, field
from email.utils import getaddresses
from pathlib import Path

_SCHEMA = """
create table if not exists letters (
    number integer primary key, id text not null unique, letter text not null
);
create table if not exists recipients (address text not null, number integer not null);
create index if not exists letters_of on recipients (address, number);
"""
_LIST = "select letter from letters order by number"
_OF_ONE = (
    "select letter from letters join recipients using (number) where address = ? order by number"
)


@dataclass(frozen=True)
class Letter:
    """`to` is as in the header of a letter: addresses, joined by commas."""

    id: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    sent_at: str
    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    configuration_set: str = ""

    def shown(self) -> dict[str, object]:
        """As `/_local/mail` gives it."""
        facts = asdict(self)
        return {"id": facts.pop("id"), "to": facts.pop("to"), "from": facts.pop("sender"), **facts}


class Mailbox:
    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # letters hold links that open accounts
        self._database = sqlite3.connect(file, check_same_thread=False)
        self._database.execute("pragma journal_mode = wal")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def keep(self, letter: Letter) -> None:
        """On disk when this returns."""
        with self._database as transaction:
            number = transaction.execute(
                "insert into letters (id, letter) values (?, ?)",
                (letter.id, json.dumps(asdict(letter), ensure_ascii=False)),
            ).lastrowid
            transaction.executemany(
                "insert into recipients (address, number) values (?, ?)",
                {(_folded(address), number) for _, address in getaddresses([letter.to])},
            )

    def letters(self, to: str = "") -> list[Letter]:
        """In the order in which they were sent; all, or those to one address."""
        found = (
            self._database.execute(_OF_ONE, (_folded(to),)) if to else self._database.execute(_LIST)
        )
        return [_read(text) for (text,) in found]

    def letter(self, letter_id: str) -> Letter | None:
        found = self._database.execute("select letter from letters where id = ?", (letter_id,))
        row = found.fetchone()
        return _read(row[0]) if row else None

    def count(self) -> int:
        return int(self._database.execute("select count(*) from letters").fetchone()[0])

    def empty(self) -> None:
        with self._database as transaction:
            transaction.execute("delete from recipients")
            transaction.execute("delete from letters")


def _folded(address: str) -> str:
    return address.strip().casefold()


def _read(text: str) -> Letter:
    return Letter(**json.loads(text))
