"""Big files in pieces: whole cards only, the same whatever the chunks, from any position on."""

import json
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.contacts.exchange.dates import FileOrigin
from kith.contacts.exchange.formats import read_cards, read_piece
from kith.contacts.exchange.schemas import Format
from kith.contacts.imports import pieces
from kith.contacts.imports.pieces import CardTooLong, FilePiece, ListMissing, pieces_of_file

MANY: Final = 7
KINDS: Final[dict[Format, str]] = {
    "vcard": "text/vcard",
    "csv": "text/csv",
    "json": "application/json",
}


def vcard(number: int) -> str:
    note = "NOTE:two\r\n lines, BEGIN:VCARD\r\n" if number % 2 else ""
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody {number}\r\n{note}END:VCARD\r\n"


VCARDS: Final = "".join(map(vcard, range(MANY)))
AGENTS: Final = "".join(
    vcard(number).replace("END", f"AGENT:\r\n{vcard(99)}END") for number in range(MANY)
)
OPEN: Final = VCARDS.replace("END:VCARD\r\n", "", 2)
CSV: Final = "Name,Notes,Birthday\r\n" + "".join(
    f'Nobody {number},"two\nlines, ""quoted""",5/2{number}/1990\r\n' for number in range(MANY)
)
HINTED: Final = "sep=;\n" + CSV.replace(",", ";").replace("lines;", "lines,")
JSON: Final = json.dumps(
    {
        "version": [1, {"a": "]"}],
        "contacts": [
            {"first_name": f"No{number}", "notes": 'a "quoted" \\ [brace} text'}
            for number in range(MANY)
        ],
        "more": {"contacts": []},
    },
    indent=1,
)
FILES: Final[list[tuple[Format, bytes]]] = [
    ("vcard", VCARDS.encode()),
    ("vcard", AGENTS.encode()),
    ("vcard", OPEN.encode()),
    ("vcard", "\ufeff".encode() + VCARDS.encode()),
    ("vcard", VCARDS.encode("utf-16")),
    ("csv", CSV.encode()),
    ("csv", HINTED.encode()),
    ("csv", CSV.encode("utf-16")),
    ("json", JSON.encode()),
    ("json", b"[" + b"1, ".join([b'{"first_name": "A"}, ', b'{"first_name": "B"}']) + b"]"),
]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of two cards."""
    monkeypatch.setattr(pieces, "_MOST_CARDS", 2)


def chunks(body: bytes, size: int, position: int = 0) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(position, len(body), size))


def cut(form: Format, body: bytes, size: int = 10_000, position: int = 0) -> list[FilePiece]:
    return list(pieces_of_file(chunks(body, size, position), form, body[:1000], position))


def described(form: Format, cut_up: list[FilePiece]) -> list[tuple[int, str, str]]:
    """Where each card begins in the file, what it is called, and its notes."""
    found, line, read = [], 0, 0
    for piece in cut_up:
        cards = read_piece(piece.body, form, FileOrigin())
        before = read if form == "json" else line - piece.repeated
        found += [(before + card.line, card.first_name, card.notes) for card in cards]
        line, read = line + piece.lines, read + len(cards)
    return found


@pytest.mark.parametrize(("form", "body"), FILES)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_pieces_of_a_file_have_the_cards_of_the_file(
    form: Format, body: bytes, size: int
) -> None:
    whole = [
        (card.line, card.first_name, card.notes) for card in read_cards(body, KINDS[form], most=100)
    ]

    cut_up = cut(form, body, size)

    assert described(form, cut_up) == whole
    assert len(cut_up) > 1 or len(whole) <= 3
    assert [each.start for each in cut_up] == [0, *(each.end for each in cut_up[:-1])]


@pytest.mark.parametrize(("form", "body"), FILES)
def test_a_file_goes_on_where_a_piece_ended(form: Format, body: bytes) -> None:
    cut_up = cut(form, body)

    for number, piece in enumerate(cut_up, 1):
        assert cut(form, body, 5, piece.end) == cut_up[number:]


@given(st.binary(max_size=200), st.sampled_from(["vcard", "csv"]), st.integers(1, 50))
def test_no_byte_is_lost_whatever_they_are(body: bytes, form: Format, size: int) -> None:
    if pieces.utf_16_of(body):
        return

    cut_up = list(pieces_of_file(chunks(body, size), form, body, 0))

    header = 0 if form == "vcard" else len(body.partition(b"\n")[0]) + 1
    ends = [each.end for each in cut_up]
    assert ends == sorted(set(ends))
    assert not cut_up or ends[-1] == len(body)
    assert cut_up or len(body) <= header + len("sep=")


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("vcard", b"BEGIN:VCARD\nNOTE:" + b"x" * 5_000),
        ("vcard", b"BEGIN:VCARD\n" + b"NOTE:x\n" * 1_000),
        ("csv", b"Name\n" + b"x" * 5_000),
        ("json", b'[{"notes": "' + b"x" * 5_000),
    ],
)
def test_a_card_that_does_not_end_is_not_kept_in_memory(
    form: Format, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "_LONGEST_CARD", 1_000)

    with pytest.raises(CardTooLong):
        cut(form, body, 100)


@pytest.mark.parametrize("body", [b"{}", b'{"people": []}', b"null", b'"[1]"'])
def test_json_without_a_list_is_refused(body: bytes) -> None:
    with pytest.raises(ListMissing):
        cut("json", body)


def test_a_quote_that_nothing_closes_does_not_gather_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces, "_MOST_BYTES", 100)
    body = b'Name\n"Ada\n' + b"Grace\n" * 100

    assert len(cut("csv", body)) > 3
