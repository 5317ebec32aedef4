"""Content encodings (RFC 9110, 12.5.3): gzip for those who accept it."""

import gzip
import re
from typing import Annotated, Final

from fastapi import Header

_REFUSED: Final = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")

AcceptEncoding = Annotated[str, Header(alias="Accept-Encoding", max_length=1000)]


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an ``Accept-Encoding`` header names gzip, and with a weight above zero."""
    for offer in accept_encoding.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() == "gzip":
            return not _REFUSED.fullmatch(weight)
    return False


def compress(content: bytes) -> bytes:
    """The content as gzip, the same bytes every time."""
    return gzip.compress(content, compresslevel=5, mtime=0)
