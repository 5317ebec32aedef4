"""Bytes to text: files say their encoding in a mark, in a header, in a parameter, or not at all."""

import codecs
import encodings
import pkgutil
import re
from encodings.aliases import aliases
from functools import cache, lru_cache
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
# Codecs of Python's that no file is written in; the time of the first is quadratic.
_NO_CHARSETS: Final = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape"})
_NAMED_INSIDE: Final = re.compile(rb"CHARSET=\"?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_SPLIT_INSIDE: Final = re.compile(rb"\r?\n[ \t]")
_CYRILLIC_RUN: Final = re.compile(rb"[\xc0-\xff]{3}")


def decode_text(body: bytes, *, declared: str | None = None, region: str | None = None) -> str:
    """The text of a file; never fails, and prefers UTF-8 wherever it fits.

    Args:
        body: the file.
        declared: the ``charset`` that came with it, if any.
        region: the owner's (ISO 3166), for files of Windows programs that say nothing.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if _is_mostly_zero(body[first:200:2]):
            return body.decode(encoding, "replace")
    text = _utf8(body)
    return _line_by_line(body, _legacy(body, declared, region)) if text is None else text


def _is_mostly_zero(some: bytes) -> bool:
    """All these files begin with Latin letters, which have a zero beside them in UTF-16."""
    return some.count(0) * 2 > len(some)


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


def decode_part(part: bytes, charset: str, region: str | None = None) -> str:
    """The text of a part of a file that names its own ``charset``, or that names none."""
    encoding = known_encoding(charset) if charset else None
    return part.decode(encoding, "replace") if encoding else _line(part, _guess(part, region))


def _line_by_line(body: bytes, legacy: str) -> str:
    """Files are put together out of others: a line that is no UTF-8 decides about itself only."""
    return "\n".join(_line(each, legacy) for each in body.split(b"\n"))


def _line(line: bytes, legacy: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(legacy, "replace")


def _legacy(body: bytes, declared: str | None, region: str | None) -> str:
    """The encoding of what is no UTF-8."""
    inside = _NAMED_INSIDE.search(body)
    for name in (declared, inside.group(1).decode() if inside else None):
        if name and known_encoding(name) and known_encoding(name) != "utf-8":
            return name
    return _guess(body, region)


def _guess(body: bytes, region: str | None) -> str:
    """Three high bytes in a row are a Cyrillic word; alone they are accents of Latin letters."""
    if region in _OF_REGION:
        return _OF_REGION[region]
    return "cp1251" if _CYRILLIC_RUN.search(body) else "cp1252"


@lru_cache(maxsize=128)
def known_encoding(name: str) -> str | None:
    """Python's name of a text encoding that takes any byte in linear time, or None.

    Only names of the standard library are looked up: for another one Python searches the disk, and
    remembers its name for ever.
    """
    module = encodings.normalize_encoding(name).lower()
    if aliases.get(module, module) not in _python_encodings() - _NO_CHARSETS:
        return None
    try:
        bytes(range(256)).decode(name, "replace")
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


@cache
def _python_encodings() -> frozenset[str]:
    return frozenset(each.name for each in pkgutil.iter_modules(encodings.__path__))
