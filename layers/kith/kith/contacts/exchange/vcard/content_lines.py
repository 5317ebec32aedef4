"""Content lines, the grammar under all vCards (RFC 6350 3.2-3.4, RFC 2426, vCard 2.1).

Read as phones and desktops really write them: folded with blanks, with soft line breaks of
quoted-printable, with base64 over many lines; parameters bare, quoted or repeated. A file is split
into cards before a line of it is looked at, so that one broken card spoils no other.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from kith.contacts.exchange.encodings import decode_part

MAX_PARAMETERS: Final = 100  # of one line, each value counted

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_HEAD: Final = re.compile(r'((?:[^":]++|"[^"]*+")*+):(.*)', re.DOTALL)
_PARAMETER: Final = re.compile(r'(?:[^";]++|"[^"]*+")++')
_PARAMETER_VALUE: Final = re.compile(r'"([^"]*)"|([^",]+)')
_BASE64_ONLY: Final = re.compile(r"[A-Za-z0-9+/= \t]+")
_QUOTED_BYTE: Final = re.compile(r"=[0-9A-Fa-f]{2}")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SEPARATORS: Final = {each: re.compile(rf"\\.|{each}", re.DOTALL) for each in ",;"}
_CARET: Final = re.compile(r"\^([n'^])")
_CARETS: Final = {"n": "\n", "'": '"', "^": "^"}
_ENCODED: Final = re.compile(
    r';(?:ENCODING=)?"?(QUOTED-PRINTABLE|BASE64|B)"?(?:;|$)', re.IGNORECASE
)
_ENCODINGS: Final = {"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"}
_BEGIN: Final = "BEGIN:VCARD"
_END: Final = "END:VCARD"


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One property of a card.

    Attributes:
        group: what binds it to others of the card (``item1``), lower case, or empty.
        name: upper case.
        parameters: by upper-case name; what stands bare in vCard 2.1 is under ``TYPE``.
        value: decoded, but with its backslashes; of base64 the letters themselves.
        parameters_skipped: whether it had more than `MAX_PARAMETERS`.
    """

    name: str
    value: str
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    group: str = ""
    parameters_skipped: bool = False

    def parameter(self, name: str) -> str:
        return next(iter(self.parameters.get(name, ())), "")

    @property
    def types(self) -> set[str]:
        return {each.lower() for each in self.parameters.get("TYPE", ())}

    @property
    def is_base64(self) -> bool:
        return self.parameter("ENCODING").upper() in {"B", "BASE64"}

    @property
    def text(self) -> str:
        return unescape_text(self.value)

    @property
    def exact_text(self) -> str:
        """The text that our own export put beside a value whose type cannot hold it."""
        return self.parameter("X-KITH-VALUE") or self.text

    @property
    def parts(self) -> list[str]:
        """The parts of a structured value (``N``, ``ADR``, ``ORG``)."""
        return [unescape_text(each).strip() for each in split_text(self.value, ";")]

    @property
    def texts(self) -> list[str]:
        """The texts of a list (``CATEGORIES``, ``NICKNAME``)."""
        return [
            text for each in split_text(self.value, ",") if (text := unescape_text(each).strip())
        ]


@dataclass(slots=True)
class RawCard:
    """The lines of one card as they stand in the file.

    Attributes:
        line: where it begins, from 1.
        lines: what stands between its BEGIN and its END.
        ended: whether there was an END.
        began: false for lines that belong to no card.
    """

    line: int
    lines: list[str] = field(default_factory=list)
    ended: bool = False
    began: bool = True


def raw_cards(text: str) -> Iterator[RawCard]:
    """The cards of a file; lines outside of cards come as a card that never began."""
    cutter = _Cutter()
    for number, line in enumerate(_LINE_END.split(text), 1):
        yield from cutter.read(number, line)
    yield from cutter.cut()


class _Cutter:
    """Cuts a file into cards, line by line."""

    def __init__(self) -> None:
        self._card: RawCard | None = None
        self._agents = 0

    def read(self, number: int, line: str) -> Iterator[RawCard]:
        mark = _mark(line)
        if mark == _BEGIN and not self._awaits_an_agent():
            yield from self.cut()
            self._card, self._agents = RawCard(number), 0
        elif mark == _END and self._card and self._card.began and not self._agents:
            self._card.ended = True
            yield from self.cut()
        else:
            self._agents += {_BEGIN: 1, _END: -1}.get(mark, 0)
            self._keep(number, line)

    def cut(self) -> Iterator[RawCard]:
        if self._card:
            yield self._card
        self._card = None

    def _keep(self, number: int, line: str) -> None:
        if self._card is None and line.strip():
            self._card = RawCard(number, began=False)
        if self._card is not None:
            self._card.lines.append(line)

    def _awaits_an_agent(self) -> bool:
        """In vCard 2.1 a card can stand inside another, after an ``AGENT`` without a value."""
        lines = self._card.lines if self._card and self._card.began else []
        last = next((each for each in reversed(lines) if each.strip()), "").strip()
        return last.upper().startswith("AGENT") and last.endswith(":")


def _mark(line: str) -> str:
    if len(line) > 40 or "V" not in line.upper():
        return ""
    return "".join(line.replace("\ufeff", "").split()).upper()


def logical_lines(lines: list[str], *, keeps_blanks: bool = False) -> Iterator[str]:
    """Lines with their folding undone.

    Args:
        lines: as they stand in the file.
        keeps_blanks: vCard 2.1 folds at blanks, which belong to the text.
    """
    gathered: list[str] = []
    ends_at = ""
    for line in lines:
        if gathered and _continues(line, ends_at, gathered[-1]):
            gathered.append(_continuation(line, ends_at, keeps_blanks=keeps_blanks))
            continue
        if gathered:
            yield _joined(gathered, ends_at)
        gathered, ends_at = ([line], _encoding_of(line)) if line.strip() else ([], "")
    if gathered:
        yield _joined(gathered, ends_at)


def _encoding_of(line: str) -> str:
    head = line.partition(":")[0]
    found = _ENCODED.search(head) if ";" in head else None
    if found is None:
        return ""
    return "quoted" if found[1].upper().startswith("Q") else "base64"


def _continues(line: str, encoding: str, before: str) -> bool:
    if encoding == "quoted":
        return before.endswith("=") or bool(_QUOTED_BYTE.match(line))
    if line[:1] in {" ", "\t"}:
        return True
    return encoding == "base64" and bool(_BASE64_ONLY.fullmatch(line))


def _continuation(line: str, encoding: str, *, keeps_blanks: bool) -> str:
    if encoding == "quoted":
        return line
    if encoding == "base64":
        return line.strip()
    return line if keeps_blanks else line[1:]


def _joined(gathered: list[str], encoding: str) -> str:
    if encoding == "quoted":
        return "".join(each.removesuffix("=") for each in gathered)
    return "".join(gathered)


def parse_line(line: str, region: str | None = None) -> ContentLine | None:
    """A logical line as a property, or None when it is none.

    ``region`` (ISO 3166) tells the encoding of quoted-printable that names none and is no UTF-8.
    """
    found = _HEAD.match(line)
    head, value = (found.group(1), found.group(2)) if found else _at_first_colon(line)
    name, _, rest = head.partition(";")
    group, _, name = name.strip().rpartition(".")
    if not name:
        return None
    parameters, cut = _parameters(rest)
    value = _decoded(value, parameters, region)
    return ContentLine(name.upper(), value, parameters, group.lower(), cut)


def _at_first_colon(line: str) -> tuple[str, str]:
    head, colon, value = line.partition(":")
    return (head, value) if colon else ("", "")


def _parameters(text: str) -> tuple[dict[str, list[str]], bool]:
    """The values by name, and whether there were more than are read."""
    pairs = list(islice(_parameter_values(text), MAX_PARAMETERS + 1))
    found: dict[str, list[str]] = {}
    for name, value in pairs[:MAX_PARAMETERS]:
        found.setdefault(name, []).append(_uncaret(value.strip()))
    return found, len(pairs) > MAX_PARAMETERS


def _parameter_values(text: str) -> Iterator[tuple[str, str]]:
    for each in _PARAMETER.finditer(text):
        name, equals, value = each.group().partition("=")
        name = name.strip().upper()
        if not equals:
            name, value = ("ENCODING" if name in _ENCODINGS else "TYPE"), name
        for one in _PARAMETER_VALUE.finditer(value):
            text = one[1] or one[2] or ""
            # Apple writes TYPE="voice,home": in quotes, and still a list
            yield from ((name, part) for part in (text.split(",") if name == "TYPE" else [text]))


def _uncaret(value: str) -> str:
    """RFC 6868: what a parameter cannot hold is written after a caret."""
    return _CARET.sub(lambda found: _CARETS[found[1]], value) if "^" in value else value


def quote_parameter(value: str) -> str:
    """A text as the quoted value of a parameter (RFC 6868)."""
    for letter, code in (("^", "^^"), ("\n", "^n"), ('"', "^'")):
        value = value.replace(letter, code)
    return f'"{value}"'


def _decoded(value: str, parameters: Mapping[str, Sequence[str]], region: str | None) -> str:
    if next(iter(parameters.get("ENCODING", ())), "").upper() != "QUOTED-PRINTABLE":
        return value
    charset = next(iter(parameters.get("CHARSET", ())), "")
    text = decode_part(quopri.decodestring(value.encode("utf-8")), charset, region)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_text(value: str, separator: str) -> list[str]:
    """The parts between commas or semicolons that no backslash protects; the backslashes stay."""
    if "\\" not in value:
        return value.split(separator)
    parts, begins = [], 0
    for found in _SEPARATORS[separator].finditer(value):
        if found.group() == separator:
            parts.append(value[begins : found.start()])
            begins = found.end()
    return [*parts, value[begins:]]


def unescape_text(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(_unescaped, value)


def _unescaped(found: re.Match[str]) -> str:
    letter = found.group(1)
    if letter in {"n", "N"}:
        return "\n"
    return letter if letter in {",", ";", ":", "\\"} else found.group()


def escape_text(text: str) -> str:
    """A text as a value of vCard 3.0 and 4.0 holds it."""
    for letter in ("\\", ",", ";"):
        text = text.replace(letter, "\\" + letter)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def decode_binary(line: ContentLine) -> bytes:
    """The bytes of a base64 value or of a ``data:`` URI; empty when they are damaged."""
    letters = line.value.partition("base64,")[2] or line.value
    try:
        return binascii.a2b_base64("".join(letters.split()))
    except ValueError:
        return b""


def fold_line(line: str) -> str:
    """A line of at most 75 octets, folded between characters, with its CRLF (RFC 6350 3.2)."""
    if line.isascii() and len(line) <= 75:
        return line + "\r\n"
    folded, width = [], 0
    for letter in line:
        size = len(letter.encode("utf-8"))
        if width + size > 75:
            folded.append("\r\n ")
            width = 1
        folded.append(letter)
        width += size
    return "".join(folded) + "\r\n"
