"""Bytes to text: files say their encoding in a mark, in a header, in a parameter, or not at all."""

import codecs
import re
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What Windows programs write where nothing else is said, by where their owner lives.
_OF_REGION: Final = dict.fromkeys(("UA", "RU", "BY", "BG"), "cp1251") | dict.fromkeys(
    ("PL", "CZ", "SK", "HU", "RO", "HR", "SI"), "cp1250"
)
_NAMED_INSIDE: Final = re.compile(rb"CHARSET=\"?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_SPLIT_INSIDE: Final = re.compile(rb"\r?\n[ \t]")
_CYRILLIC_RUN: Final = re.compile(rb"[\xc0-\xff]{3}")


def to_text(body: bytes, *, declared: str | None = None, region: str | None = None) -> str:
    """The text of a file; never fails, and prefers UTF-8 wherever it fits.

    Args:
        body: the file.
        declared: the ``charset`` that came with it, if any.
        region: the owner's (ISO 3166), for files of Windows programs that say nothing.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if b"\0" in body[:200]:
        return body.decode("utf-16-le" if body[1:2] == b"\0" else "utf-16-be", "replace")
    return _utf8(body) or _legacy(body, declared, region)


def _utf8(body: bytes) -> str | None:
    """Old programs fold long lines in the middle of a character: then it is joined first."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return _SPLIT_INSIDE.sub(b"", body).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _legacy(body: bytes, declared: str | None, region: str | None) -> str:
    inside = _NAMED_INSIDE.search(body)
    for name in (declared, inside.group(1).decode() if inside else None):
        if name and known(name) and known(name) != "utf-8":
            return body.decode(name, "replace")
    return body.decode(_guess(body, region), "replace")


def _guess(body: bytes, region: str | None) -> str:
    """Three high bytes in a row are a Cyrillic word; alone they are accents of Latin letters."""
    if region in _OF_REGION:
        return _OF_REGION[region]
    return "cp1251" if _CYRILLIC_RUN.search(body) else "cp1252"


def known(name: str) -> str | None:
    """Python's name of a text encoding, or None; codecs that are none of text are unknown."""
    try:
        b"".decode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
