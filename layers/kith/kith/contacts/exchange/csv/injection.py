"""Cells that a spreadsheet would run: made harmless on the way out, and whole again on the way in.

A value that begins like a formula gets an apostrophe before it, which spreadsheets take for "this
is text" (OWASP, CSV injection). A phone number may keep its plus: digits and their separators are a
number to a spreadsheet, and nothing that it could run.
"""

import re
from typing import Final

_LIKE_A_FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20|%]")
_DIALLED: Final = re.compile(r"\+[0-9][0-9 ().-]*")


def neutralize_formula(value: str, *, dialled: bool = False) -> str:
    """A value as it may stand in a cell; ``dialled`` where a phone number is expected."""
    if not _LIKE_A_FORMULA.match(value) or (dialled and _DIALLED.fullmatch(value)):
        return value
    return f"'{value}"


def restore_formula(cell: str) -> str:
    """The value that `harmless` was given."""
    return cell[1:] if cell[:1] == "'" and _LIKE_A_FORMULA.match(cell) else cell
