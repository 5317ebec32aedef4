"""Rows of a CSV file, whatever separates them, each with the line where it begins.

A quote that is never closed spoils its own line only: the standard library's reader would take the
rest of the file for one value.
"""

import csv
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_SEPARATORS: Final = ",;\t|"


class Record(NamedTuple):
    """One row; ``values`` is empty where it cannot be read."""

    line: int
    values: list[str]


def records(text: str) -> Iterator[Record]:
    """The rows that hold anything, the header first."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    text = text.replace("\0", "")
    lines = [each for each in _LINE.findall(text) if each]
    start = _after_excels_hint(lines)
    separator = _separator(lines[start:])
    while start < len(lines):
        end = _end(lines, start)
        if end is None:
            yield Record(start + 1, [])
            start += 1
            continue
        values = _values("".join(lines[start:end]), separator)
        if any(each.strip() for each in values):
            yield Record(start + 1, values)
        start = end


def _after_excels_hint(lines: list[str]) -> int:
    return 1 if lines and re.fullmatch(r"sep=.\s*", lines[0]) else 0


def _separator(lines: list[str]) -> str:
    """The one that the header has most of, outside of quotes."""
    header = re.sub(r'"[^"]*"', "", lines[0]) if lines else ""
    return max(_SEPARATORS, key=header.count)


def _end(lines: list[str], start: int) -> int | None:
    """Where the row ends that begins at ``start``: at the first line that closes its quotes."""
    is_open = False
    for place in range(start, len(lines)):
        is_open ^= lines[place].count('"') % 2 == 1
        if not is_open:
            return place + 1
    return None


def _values(record: str, separator: str) -> list[str]:
    rows = list(csv.reader([record], delimiter=separator))
    return rows[0] if rows else []
