"""Twice the file is at most twice the work, whatever is in it: counted, never timed."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import Final

import pytest

from kith.errors import KithError
from tests.work import assert_linear, counted

TODAY: Final = date(2026, 11, 21)
VCARD: Final = "text/vcard"
CSV: Final = "text/csv"
JSON: Final = "application/json"


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", "N:Doe;Jane", *lines, "END:VCARD", ""])


def many(pattern: str, count: int) -> list[str]:
    """The pattern ``count`` times, with ``{}`` for the number and ``{key}`` for a word of it."""
    return [pattern.replace("{}", str(number)) for number in range(count)]


def groups_and_people(count: int) -> str:
    people = [card(f"UID:{number}") for number in range(count)]
    groups = [card("X-ADDRESSBOOKSERVER-KIND:group", f"FN:G{number}") for number in range(count)]
    return "".join([*people, *groups])


def groups_of_everybody(count: int) -> str:
    """People who share one uid, and groups that each name it."""
    people = [card("UID:1") for _ in range(count)]
    member = "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"
    groups = [card("KIND:group", f"FN:G{number}", member) for number in range(count)]
    return "".join([*people, *groups])


def extra_keys(count: int) -> str:
    return json.dumps({f"key {number}": "x" * 20 for number in range(4 * count)})


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


VCARDS: Final[dict[str, Callable[[int], str]]] = {
    "categories": lambda n: card("CATEGORIES:" + ",".join(many("tag {}", 6 * n))),
    "lines of categories": lambda n: card(*many("CATEGORIES:tag {}", 6 * n)),
    "categories and a backslash": lambda n: card("CATEGORIES:\\," + ",".join(many("t{}", 6 * n))),
    "bare parameters": lambda n: card("TEL;" + ";".join(many("P{}", n)) + ":12345"),
    "repeated parameters": lambda n: card("TEL;" + ";".join(many("TYPE=t{}", n)) + ":12345"),
    "values of a parameter": lambda n: card("TEL;TYPE=" + ",".join(many("t{}", n)) + ":12345"),
    "parameters of many names": lambda n: card("X;" + ";".join(many("P{}=v", n)) + ":1"),
    "quotes in parameters": lambda n: card("X;A=" + '"",' * n + ":1"),
    "a quote that nothing closes": lambda n: card("X;A=" + '"",' * n + '":1'),
    "one backslash in a long value": lambda n: card("N:\\;" + "x" * 500 * n + ";y"),
    "backslashes": lambda n: card("N:" + "\\\\\\;" * 100 * n + ";y"),
    "structured values": lambda n: card("ORG:" + ";".join(many("unit {}", n))),
    "folded lines": lambda n: card("NOTE:x", *many(" {}", n)),
    "soft breaks": lambda n: card("NOTE;ENCODING=QUOTED-PRINTABLE:=", *["=D0=86="] * n, "x"),
    "lines of base64": lambda n: card("PHOTO;ENCODING=b:AAAA", *[" AAAA"] * n),
    "blank lines": lambda n: card(*[""] * n, *["BEGIN:VCARD", ""] * n),
    "cards in a card": lambda n: card(*["AGENT:", "BEGIN:VCARD"] * n, *["END:VCARD"] * n),
    "lines of cards in a card": lambda n: card("AGENT:", "BEGIN:VCARD", *many("X:{}", 6 * n)),
    "notes": lambda n: card(*many("NOTE:note {}", n)),
    "long notes": lambda n: card(*many("NOTE:{}" + "x" * 500, n)),
    "e-mails": lambda n: card(*many("EMAIL:a{}@example.com", 6 * n)),
    "e-mails that are none": lambda n: card(*many("EMAIL:a{}", 6 * n)),
    "phones": lambda n: card(*many("TEL:100{}", 6 * n)),
    "phones that are none": lambda n: card(*many("TEL:{}a", 6 * n)),
    "long labels": lambda n: card(*many("TEL;X-KITH-LABEL={}" + "x" * 60 + ":100{}", 6 * n)),
    "addresses": lambda n: card(*many("ADR:;;Street {};City", 2 * n)),
    "titles": lambda n: card(*many("TITLE:title {}", 6 * n)),
    "unknown properties": lambda n: card(*many("X-UNKNOWN:{}", 6 * n)),
    "lines that are no property": lambda n: card(*many("word {}", 6 * n)),
    "group labels": lambda n: card(*many("item{}.TEL:100{}\r\nitem{}.X-ABLabel:label {}", n)),
    "birthdays": lambda n: card(*many("BDAY:19{}", n)),
    "names": lambda n: card(*many("FN:Name {}", n)),
    "words of a name": lambda n: card("FN:" + "a " * n),
    "photos": lambda n: card(*["PHOTO;ENCODING=b:AAAA"] * n),
    "groups and people": groups_and_people,
    "duplicate uids": lambda n: "".join(card("UID:1", f"TEL:100{k}") for k in range(n)),
    "our own tags": lambda n: card("X-KITH:" + escaped(json.dumps({"tags": many("t{}", 6 * n)}))),
    "our own extra": lambda n: card("X-KITH:" + escaped('{"extra":' + extra_keys(n) + "}")),
    "our own notes": lambda n: card("X-KITH:" + escaped('{"notes":"' + "x" * 500 * n + '"}')),
    "our own depth": lambda n: card(
        "X-KITH:" + escaped('{"extra":{"a":' + "[" * n + "]" * n + "}}")
    ),
    "cards without a begin": lambda n: "TEL:1\r\nEND:VCARD\r\n" * n,
    "cards without an end": lambda n: "BEGIN:VCARD\r\nN:A\r\n" * n,
    "punycode": lambda n: card("N;ENCODING=QUOTED-PRINTABLE;CHARSET=punycode:-" + "=61b" * 4 * n),
}
CSVS: Final[dict[str, Callable[[int], str]]] = {
    "rows": lambda n: "Name,Phone\n" + "".join(many("A{},100{}\n", n)),
    "columns": lambda n: (
        "Name," + ",".join(many("c{}", 4 * n)) + "\nA," + ",".join(many("v{}", 4 * n))
    ),
    "columns of one name": lambda n: "Name" + ",c" * n + "\nA," + ",".join(many("v{}", n)),
    "more values than columns": lambda n: "Name\nA," + ",".join(many("v{}", n)),
    "tags": lambda n: "Name,Labels\nA," + " ::: ".join(many("t{}", 6 * n)),
    "e-mails in a cell": lambda n: "Name,E-mail\nA," + " ::: ".join(many("a{}@b.example", 6 * n)),
    "quotes": lambda n: "Name,Notes\n" + 'A,"' + '""' * n + '"\n',
    "quotes that nothing closes": lambda n: "Name,Notes\n" + 'A,"b\n' * n + '"',
    "chains of quotes that nothing closes": lambda n: "Name,Notes\n" + 'x","\n' * n,
    "lines in a quote": lambda n: 'Name,Notes\nA,"' + "x\n" * n + '"\n',
    "empty rows": lambda n: "Name\n" + ",,\n" * n + "A",
    "days": lambda n: "Name,Birthday\n" + "A,01/02/1990\n" * n,
    "our own extra": lambda n: 'Name,Kith\nA,"' + extra_keys(n).replace('"', '""') + '"\n',
}
JSONS: Final[dict[str, Callable[[int], str]]] = {
    "items": lambda n: json.dumps([{"first_name": f"A{number}"} for number in range(n)]),
    "keys": lambda n: f"[{extra_keys(n)}]",
    "extra": lambda n: '[{"first_name":"A","extra":' + extra_keys(n) + "}]",
    "tags": lambda n: json.dumps([{"first_name": "A", "tags": many("t{}", 6 * n)}]),
    "long tags": lambda n: json.dumps([{"first_name": "A", "tags": many("t{}" * 40, 6 * n)}]),
    "e-mails": lambda n: json.dumps([{"first_name": "A", "emails": many("a{}@b.example", 6 * n)}]),
    "e-mails that are objects": lambda n: json.dumps([{"first_name": "A", "emails": [{}, 1] * n}]),
    "phones that are none": lambda n: json.dumps(
        [{"first_name": "A", "phones": many("{}a", 6 * n)}]
    ),
    "lead days": lambda n: json.dumps([{"first_name": "A", "lead_days": [1] * n}]),
    "notes": lambda n: json.dumps([{"first_name": "A", "notes": "x" * 500 * n}]),
    "names": lambda n: json.dumps([{"first_name": "x " * 500 * n}]),
    "depth": lambda n: '[{"first_name":"A","a":' + "[" * min(n, 900) + "]" * min(n, 900) + "}]",
    "breadth": lambda n: '[{"first_name":"A","a":[' + "[]," * n + "1]}]",
    "items that are none": lambda n: json.dumps([1] * n),
}
FILES: Final = [
    *((VCARD, name, make) for name, make in VCARDS.items()),
    *((CSV, name, make) for name, make in CSVS.items()),
    *((JSON, name, make) for name, make in JSONS.items()),
]


@pytest.fixture(scope="module", autouse=True)
def _counted() -> Iterator[None]:
    with counted("kith.contacts.exchange"):
        yield


@pytest.fixture
def boundless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No count ends the reading early: the work is what the algorithms make of it."""
    from kith.contacts.exchange import card_builder
    from kith.contacts.exchange.csv import records
    from kith.contacts.exchange.vcard import content_lines, reader

    for module in (card_builder, content_lines, reader, records):
        for name in {name for name in vars(module) if name.startswith("MAX_")} - {"MAX_NESTING"}:
            monkeypatch.setattr(module, name, 10**9)


def reading(body: bytes, kind: str) -> Callable[[], object]:
    from kith.contacts.exchange.formats import read_cards
    from kith.contacts.exchange.normalizer import normalize_card

    def read() -> None:
        with suppress(KithError):
            for each in read_cards(body, kind, most=10**6):
                normalize_card(each, TODAY)

    return read


@pytest.mark.parametrize(
    ("kind", "make"),
    [pytest.param(kind, make, id=f"{kind}: {name}") for kind, name, make in FILES],
)
def test_twice_the_file_is_at_most_twice_the_work(
    boundless: None, kind: str, make: Callable[[int], str]
) -> None:
    assert_linear(lambda size: reading(make(size).encode(), kind), 30)


def test_groups_that_all_name_one_uid_are_bounded_for_each_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kith.contacts.exchange import card_builder
    from kith.contacts.exchange.vcard import reader

    for module in (card_builder, reader):
        monkeypatch.setattr(module, "MAX_VALUES", 20)

    assert_linear(lambda size: reading(groups_of_everybody(size).encode(), VCARD), 30)
