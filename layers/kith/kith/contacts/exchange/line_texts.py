"""Texts without what cannot be stored."""

import re
from typing import Final

_LINE_BREAK: Final = re.compile(r"\r\n|[\n\v\f\r\x1c-\x1e\x85]")
# Unicode's categories Cc and Cs, and the same without line breaks and tabs.
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CONTROL_IN_TEXT: Final = re.compile(r"[\x00-\x08\v\f\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def one_line(text: str) -> str:
    """A text on one line, without control characters and outer blanks."""
    return CONTROL.sub("", _LINE_BREAK.sub(" ", text)).strip()
