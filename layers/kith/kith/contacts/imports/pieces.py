"""A file in pieces of whole cards, while it streams by: what is in memory does not grow with it.

A piece begins where the one before ended, so a job that was killed goes on at the position that it
committed last. Bytes are cut, not text: only UTF-16 is decoded here, since its line ends are not
those of bytes.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from kith.contacts.exchange.schemas import Format
from kith.errors import Invalid, TooLarge

HEAD_BYTES: Final = 100_000  # of the file, to know its encoding and the header of CSV
_MOST_CARDS: Final = 500
_MOST_BYTES: Final = 2_000_000
_LONGEST_CARD: Final = 16_000_000

_UTF_16: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_JSON_LIST: Final = re.compile(
    rb'\s*(?:\xef\xbb\xbf)?\s*(?:\{.*?"(?:contacts|items)"\s*:\s*)?\[', re.DOTALL
)
_JSON_MARK: Final = re.compile(rb'["\[\]{}]')
_JSON_STRING_END: Final = re.compile(rb'["\\]')


class CardTooLong(TooLarge):
    code = "card_too_long"
    detail = "A card of the file is too long, or the file is cut in the middle of one."


class ListMissing(Invalid):
    code = "not_a_list_of_contacts"
    detail = 'The file must be {"contacts": [...]}, or the list alone.'


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Some whole cards of a file.

    Attributes:
        body: their bytes; of CSV with the header, of JSON as a list; UTF-16 has become UTF-8.
        start, end: positions in the file.
        lines: how many lines of the file it has.
        repeated: lines of the header that stand before it once more.
    """

    body: bytes
    start: int
    end: int
    lines: int
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with its end: its bytes, and how many of the file they are."""

    body: bytes
    size: int


def pieces_of_file(
    chunks: Iterable[bytes], form: Format, head: bytes, position: int
) -> Iterator[FilePiece]:
    """The pieces of a file from a position on.

    Args:
        chunks: the bytes of the file from that position on.
        form: what the file is.
        head: the first ``HEAD_BYTES`` of the file.
        position: where a piece ended before, or 0.

    Raises:
        CardTooLong: a card does not end.
        ListMissing: JSON that is no list of contacts.
    """
    encoding = utf_16_of(head)
    if form == "json":
        yield from _json_pieces(chunks, head, position)
        return
    lines = _lines(chunks, encoding)
    if form == "vcard":
        yield from _gathered(_vcard_ends(lines), position)
        return
    header = _header(lines if position == 0 else _lines([head], encoding))
    size = sum(line.size for line in header)
    for piece in _gathered(_csv_ends(lines), position or size):
        body = b"".join(line.body for line in header) + piece.body
        if piece.start == size:
            yield FilePiece(body, 0, piece.end, piece.lines + len(header))
        else:
            yield FilePiece(body, piece.start, piece.end, piece.lines, len(header))


def _header(lines: Iterator[_Line]) -> list[_Line]:
    """The line with the headers, and Excel's hint before it."""
    first = list(islice(lines, 1))
    has_hint = first and first[0].body.removeprefix(codecs.BOM_UTF8).startswith(b"sep=")
    return [*first, *islice(lines, 1)] if has_hint else first


def utf_16_of(head: bytes) -> str | None:
    """The name of UTF-16 that a file is in; None where it is in anything else."""
    for mark, encoding in _UTF_16:
        if head.startswith(mark):
            return encoding
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[first:200:2]
        if zeros.count(0) * 2 > len(zeros):
            return encoding
    return None


def _lines(chunks: Iterable[bytes], encoding: str | None) -> Iterator[_Line]:
    if encoding:
        yield from _decoded_lines(chunks, encoding)
        return
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
        _check_length(rest)
        for line in whole:
            yield _Line(line + b"\n", len(line) + 1)
    if rest:
        yield _Line(rest, len(rest))


def _decoded_lines(chunks: Iterable[bytes], encoding: str) -> Iterator[_Line]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        _check_length(rest.encode("utf-8", "replace"))
        for line in whole:
            size = len(line.encode(encoding, "replace")) + 2
            yield _Line(line.encode("utf-8", "replace") + b"\n", size)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield _Line(rest.encode("utf-8", "replace"), len(rest.encode(encoding, "replace")))


def _check_length(unfinished: bytes) -> None:
    if len(unfinished) > _LONGEST_CARD:
        raise CardTooLong


@dataclass(slots=True)
class _MarkedLine:
    """A line, and whether a card ends before it or with it."""

    line: _Line
    begins: bool = False
    ends: bool = False


def _vcard_ends(lines: Iterable[_Line]) -> Iterator[_MarkedLine]:
    """As the reader cuts cards; in vCard 2.1 one can stand inside another, after an ``AGENT``."""
    is_inside, agents, last = False, 0, b""
    for line in lines:
        mark = _mark(line.body)
        awaits_agent = is_inside and last.upper().startswith(b"AGENT") and last.endswith(b":")
        if mark == b"BEGIN:VCARD" and not awaits_agent:
            is_inside, agents = True, 0
            yield _MarkedLine(line, begins=True)
        elif mark == b"END:VCARD" and is_inside and not agents:
            is_inside = False
            yield _MarkedLine(line, ends=True)
        else:
            agents += {b"BEGIN:VCARD": 1, b"END:VCARD": -1}.get(mark, 0)
            yield _MarkedLine(line)
        last = line.body.strip() or last


def _mark(line: bytes) -> bytes:
    if len(line) > 40 or b":" not in line:
        return b""
    return b"".join(line.replace(codecs.BOM_UTF8, b"").split()).upper()


def _csv_ends(lines: Iterable[_Line]) -> Iterator[_MarkedLine]:
    """A row ends with a line outside of quotes; a quote that nothing closes ends with its piece."""
    is_quoted, size = False, 0
    for line in lines:
        is_quoted ^= bool(line.body.count(b'"') % 2)
        size += line.size
        if is_quoted and size > _MOST_BYTES:
            is_quoted = False
        size = size if is_quoted else 0
        yield _MarkedLine(line, ends=not is_quoted)


def _gathered(lines: Iterable[_MarkedLine], position: int) -> Iterator[FilePiece]:
    """Cards together, as many as one transaction takes."""
    parts: list[bytes] = []
    start, size, length, cards = position, 0, 0, 0
    for marked in lines:
        if marked.begins and _is_full(cards, length):
            yield FilePiece(b"".join(parts), start, start + size, len(parts))
            parts, start, size, length, cards = [], start + size, 0, 0, 0
        parts.append(marked.line.body)
        size += marked.line.size
        length += len(marked.line.body)
        if length > _LONGEST_CARD:
            raise CardTooLong
        cards += marked.ends
        if marked.ends and _is_full(cards, length):
            yield FilePiece(b"".join(parts), start, start + size, len(parts))
            parts, start, size, length, cards = [], start + size, 0, 0, 0
    if parts:
        yield FilePiece(b"".join(parts), start, start + size, len(parts))


def _is_full(cards: int, length: int) -> bool:
    return cards >= _MOST_CARDS or length >= _MOST_BYTES


def _json_pieces(chunks: Iterable[bytes], head: bytes, position: int) -> Iterator[FilePiece]:
    """The members of the list, which may be the only member that counts of an object."""
    items = _JsonItems(position)
    opened = _JSON_LIST.match(
        head
    )  # JSON is UTF-8 (RFC 8259, 8.1): a large file in another is none
    if opened is None:
        raise ListMissing
    before = opened.end() if position == 0 else 0
    for chunk in chunks:
        skipped = min(before, len(chunk))
        before -= skipped
        items.add(chunk[skipped:], skipped)
        yield from items.full_pieces()
        if items.is_over:
            break
    yield from items.rest()


class _JsonItems:
    """Finds where the members of a list end, whatever lies in them."""

    def __init__(self, position: int) -> None:
        self._start = position
        self._kept = b""
        self._from = position  # where the kept bytes begin in the file
        self._place = 0  # how far they are looked at
        self._depth = 0
        self._is_text = False
        self._end = 0  # of the last whole member
        self._members = 0
        self.is_over = False

    def add(self, chunk: bytes, skipped: int) -> None:
        self._from += skipped
        self._kept += chunk

    def full_pieces(self) -> Iterator[FilePiece]:
        while not self.is_over and self._next_mark():
            if self._members >= _MOST_CARDS or self._end >= _MOST_BYTES:
                yield self._cut()
        if len(self._kept) > _LONGEST_CARD:
            raise CardTooLong

    def rest(self) -> Iterator[FilePiece]:
        """What is left: whole members, or an end that the reader refuses."""
        self._end = self._end if self.is_over else len(self._kept)
        if self._kept[: self._end].strip(b" \t\r\n,"):
            yield self._cut()

    def _next_mark(self) -> bool:
        """Look at the next character that counts; false: there is none in what is here."""
        pattern = _JSON_STRING_END if self._is_text else _JSON_MARK
        found = pattern.search(self._kept, self._place)
        if found is None:
            self._place = len(self._kept)
            return False
        mark = found.group()
        if mark == b"\\":
            if found.end() >= len(self._kept):
                self._place = found.start()
                return False
            self._place = found.end() + 1
            return True
        self._place = found.end()
        self._see(mark)
        return True

    def _see(self, mark: bytes) -> None:
        if mark == b'"':
            self._is_text = not self._is_text
        elif mark in b"[{":
            self._depth += 1
        elif self._depth == 0:
            self._end, self.is_over = self._place - 1, True
        else:
            self._depth -= 1
            if self._depth == 0:
                self._end, self._members = self._place, self._members + 1

    def _cut(self) -> FilePiece:
        body = b"[" + self._kept[: self._end].strip(b" \t\r\n,") + b"]"
        piece = FilePiece(body, self._start, self._from + self._end, 0)
        self._kept, self._from = self._kept[self._end :], self._from + self._end
        self._place, self._start = self._place - self._end, piece.end
        self._end, self._members = 0, 0
        return piece
