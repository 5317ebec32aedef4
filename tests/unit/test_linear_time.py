"""Forms, JSON and search words: twice the input is at most twice the work.

Files of contacts have such a test of their own.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from starlette.exceptions import HTTPException

from kith.errors import KithError
from tests.work import assert_linear, counted

FILE: Final = b'Content-Disposition: form-data; name="file"; filename="a"\r\n'
FORMS: Final[dict[str, Callable[[int], bytes]]] = {
    "a file": lambda n: part(FILE, b"x" * n),
    "line ends": lambda n: part(FILE, b"\r\n" * n),
    "almost boundaries": lambda n: part(FILE, b"\r\n--" * n),
    "boundaries cut short": lambda n: part(FILE, b"\r\n--xx-x!" * n),
    "dashes": lambda n: part(FILE, b"-" * n),
    "parts": lambda n: part(FILE, b"x") * n,
    "headers": lambda n: part(b"X-A: b\r\n" * n + FILE, b"x"),
    "a long header": lambda n: part(b"X-A: " + b"b" * n + b"\r\n" + FILE, b"x"),
    "a long name": lambda n: part(
        b'Content-Disposition: form-data; name="' + b"a" * n + b'"\r\n', b""
    ),
    "options": lambda n: part(b"Content-Disposition: form-data" + b"; a=b" * n + b"\r\n", b"x"),
    "quotes": lambda n: part(
        b'Content-Disposition: form-data; name="' + b'\\"' * n + b"\r\n", b"x"
    ),
    "a long preamble": lambda n: b"x" * n + part(FILE, b"x"),
}
JSONS: Final[dict[str, Callable[[int], bytes]]] = {
    "lists": lambda n: b"[" + b"[]," * n + b"1]",
    "depth": lambda n: b"[" * n + b"]" * n,
    "keys": lambda n: b"{" + b",".join(b'"%d":1' % number for number in range(n)) + b"}",
    "the same key": lambda n: b"{" + b'"a":1,' * n + b'"a":1}',
    "escapes": lambda n: b'"' + b"\\u0041\\\\" * n + b'"',
    "digits": lambda n: b"1" * n,
    "numbers": lambda n: b"[" + b"1e9," * n + b"1]",
    "no JSON": lambda n: b"nul" * n,
}
WORDS: Final[dict[str, Callable[[int], str]]] = {
    "words": lambda n: "а " * n,
    "a long word": lambda n: "щ" * n,
    "letters with marks": lambda n: "a" + "\u0301" * n,
    "ligatures": lambda n: "\ufdfa" * n,
    "wildcards": lambda n: "%_\\" * n,
    "digits": lambda n: "0" * n,
    "digits of another script": lambda n: "٣" * n,
}


def part(headers: bytes, content: bytes) -> bytes:
    return b"--xx-xx\r\n" + headers + b"\r\n" + content + b"\r\n"


@pytest.fixture(scope="module", autouse=True)
def _counted() -> Iterator[None]:
    readers = ("kith.avatars.multipart", "kith.http.strict_json")
    libraries = ("python_multipart", "starlette.formparsers", "starlette.requests")
    with counted(*readers, *libraries, "kith.contacts.search.text", "kith.contacts.search.folding"):
        yield


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read_in_linear_time(name: str) -> None:
    from starlette.requests import Request

    from kith.avatars.multipart import read_upload

    def reading(count: int) -> Callable[[], object]:
        body = FORMS[name](count) + b"--xx-xx--\r\n"

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        def read() -> None:
            headers = [(b"content-type", b"multipart/form-data; boundary=xx-xx")]
            request = Request({"type": "http", "headers": headers, "app": None}, receive)
            with suppress(KithError, HTTPException):
                asyncio.run(read_upload(request))

        return read

    assert_linear(reading, 300)


@pytest.mark.parametrize("name", JSONS)
def test_json_is_read_in_linear_time(name: str) -> None:
    from kith.http.strict_json import parse_json

    def reading(count: int) -> Callable[[], object]:
        body = JSONS[name](count)

        def read() -> None:
            with suppress(ValueError):
                parse_json(body)

        return read

    assert_linear(reading, 300)


@pytest.mark.parametrize("name", WORDS)
def test_words_become_patterns_in_linear_time(name: str) -> None:
    from kith.contacts.search.text import patterns_anywhere, patterns_in_field

    def asking(count: int) -> Callable[[], object]:
        words = WORDS[name](count)
        return lambda: (patterns_anywhere(words), patterns_in_field("phones", words))

    assert_linear(asking, 100)
