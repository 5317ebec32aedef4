"""Rows of a CSV file (RFC 4180), whatever separates them, each with the line where it begins.

A scanner of our own, because a quote that is never closed must spoil its own line only: the
standard library's reader takes the rest of the file for one value and does not say so.
"""

import re
from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple

MAX_COLUMNS: Final = 1_000

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_EXCELS_HINT: Final = re.compile(r"sep=.[ \t]*(?:\r\n|\r|\n|$)")
_QUOTED: Final = re.compile(r'"[^"]*"')
_SEPARATORS: Final = ",;\t|"


class CsvRecord(NamedTuple):
    """One row; ``values`` is empty where it cannot be read, and cut at `MAX_COLUMNS`."""

    line: int
    values: list[str]
    is_cut: bool = False


def csv_records(text: str) -> Iterator[CsvRecord]:
    """The rows that hold anything, the header first."""
    text = text.replace("\0", "")
    hint = _EXCELS_HINT.match(text)
    scanner = _Scanner(text, hint.end() if hint else 0)
    while not scanner.is_at_end():
        record = scanner.row()
        if not record.values or any(each.strip() for each in record.values):
            yield record


class _Scanner:
    """Where in the file we are."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._place = place
        self._line = 2 if place else 1
        self._unreadable: set[int] = set()
        header = _LINE_END.split(text[place : place + 100_000], maxsplit=1)[0]
        self._separator = max(_SEPARATORS, key=_QUOTED.sub("", header).count)
        self._plain = re.compile(f"[^{re.escape(self._separator)}\r\n]*")

    def is_at_end(self) -> bool:
        return self._place >= len(self._text)

    def row(self) -> CsvRecord:
        begins, line = self._place, self._line
        values: list[str] = []
        opened: list[int] = []
        for number in count(1):
            opened.append(self._place)
            value = self._value()
            if value is None:
                return self._unclosed(begins, line, opened)
            if number <= MAX_COLUMNS:
                values.append(value)
            if self._text[self._place : self._place + 1] != self._separator:
                break
            self._place += 1
        self._line_end()
        return CsvRecord(line, values, is_cut=number > MAX_COLUMNS)

    def _unclosed(self, begins: int, line: int, opened: list[int]) -> CsvRecord:
        """Give one line up. Whichever later row comes upon one of its values ends like it."""
        self._unreadable.update(opened)
        self._place, self._line = begins, line
        self._plain_line()
        return CsvRecord(line, [])

    def _value(self) -> str | None:
        """The next value; None: it begins with a quote that nothing closes."""
        if self._place in self._unreadable:
            return None
        if self._text[self._place : self._place + 1] != '"':
            return self._unquoted()
        closes = self._closing_quote()
        if closes is None:
            return None
        quoted = self._text[self._place + 1 : closes]
        self._line += len(_LINE_END.findall(quoted))
        self._place = closes + 1
        return quoted.replace('""', '"') + self._unquoted()

    def _unquoted(self) -> str:
        found = self._plain.match(self._text, self._place)
        self._place = found.end() if found else self._place
        return found.group() if found else ""

    def _closing_quote(self) -> int | None:
        place = self._place + 1
        while (place := self._text.find('"', place)) >= 0:
            if self._text[place + 1 : place + 2] != '"':
                return place
            place += 2
        return None

    def _plain_line(self) -> None:
        found = _LINE_END.search(self._text, self._place)
        self._place = found.end() if found else len(self._text)
        self._line += 1

    def _line_end(self) -> None:
        found = _LINE_END.match(self._text, self._place)
        self._place = found.end() if found else len(self._text)
        self._line += 1
