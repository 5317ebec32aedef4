"""Bodies in the worst alphabets, through the encoder of the runtime client itself."""

import base64
import json
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import awslambdaric
import pytest
from awslambdaric.lambda_runtime_marshaller import Encoder
from starlette.responses import Response

from kith.http.application import Handler, make_router, serve
from kith.http.response_size import MAX_BODY_BYTES, Chunks, fit_items
from tests.events import request

QUOTA = 6_291_556
ALPHABETS = {
    "Cyrillic": "ї",
    "Chinese": "王",
    "emoji": "😀",
    "quotes": '"',
    "backslashes": "\\",
    "line breaks": "\r\n",
    "deletes": "\x7f",
    "controls": "\x01",
    "separators": "\u2028",
    "Latin": "a",
}
# Lambda says which Python runs; the runtime client escapes differently by it.
RUNTIMES = [f"AWS_Lambda_python3.{minor}" for minor in (11, 12, 13, 14)]


@pytest.fixture(scope="module")
def handler() -> Handler:
    router = make_router("texts")

    @router.get("/texts/{name}")
    async def read(name: str) -> Response:
        text = ALPHABETS[name]
        repeated = text * (MAX_BODY_BYTES // len(text.encode()))
        return Response(repeated, media_type="text/plain; charset=utf-8")

    @router.get("/short")
    async def short() -> Response:
        return Response("short", media_type="text/plain")

    return serve(router)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_the_longest_body_fits_in_whatever_alphabet(
    handler: Handler, alphabet: str, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EXECUTION_ENV", runtime)

    response: dict[str, Any] = handler(request("GET", f"/texts/{alphabet}"), None)

    assert len(Encoder().encode(response).encode()) <= QUOTA
    body = base64.b64decode(response["body"]).decode()
    assert body == ALPHABETS[alphabet] * (MAX_BODY_BYTES // len(ALPHABETS[alphabet].encode()))


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_the_interpreters_that_are_here_encode_no_more(
    handler: Handler, minor: int, tmp_path: Path
) -> None:
    """The encoder is the client's; its C parts are missing here, which changes no byte."""
    python = interpreter(minor)
    if python is None:
        pytest.skip(f"no Python 3.{minor} on this machine")
    response = handler(request("GET", "/texts/emoji"), None)
    (tmp_path / "response.json").write_text(json.dumps(response))

    counted = subprocess.run(
        [python, "-c", _COUNT, str(tmp_path / "response.json")],
        env={"PYTHONPATH": packages(), "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{minor}"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(counted.stdout) <= QUOTA


_COUNT = """
import json, sys
from pathlib import Path
from awslambdaric.lambda_runtime_marshaller import to_json
print(len(to_json(json.loads(Path(sys.argv[1]).read_text())).encode()))
"""


def packages() -> str:
    """Where the runtime client is installed, with its JSON library."""
    return str(Path(awslambdaric.__file__).parents[1])


def interpreter(minor: int) -> str | None:
    """A CPython of that version that starts."""
    found = Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3.{minor}")
    return next(map(str, found), None)


def test_a_short_body_leaves_as_text(handler: Handler) -> None:
    response = handler(request("GET", "/short"), None)

    assert (response["body"], response["isBase64Encoded"]) == ("short", False)


def numbers(limit: int, after: int | None) -> tuple[list[int], int | None]:
    """As many numbers of 1 to 1 000 as asked for."""
    first = (after or 0) + 1
    page = list(range(first, min(first + limit, 1_001)))
    return page, page[-1] if page and page[-1] < 1_000 else None


@pytest.mark.parametrize(
    ("limit", "last"), [(1, 1), (100, 100), (101, 101), (500, 500), (1_000, None), (5_000, None)]
)
def test_a_page_is_fetched_in_chunks_and_knows_whether_more_follow(
    limit: int, last: int | None
) -> None:
    chunks = Chunks(limit, numbers)

    found = [list(chunk) for chunk in chunks]

    assert [*chain(*found)] == list(range(1, (last or 1_000) + 1))
    assert max(map(len, found)) <= 100
    assert chunks.last == last


@pytest.mark.parametrize("size", [1, 10, 1_000, 40_000, 250_000])
def test_as_many_items_as_fit_are_a_list_and_the_last_is_named(size: int) -> None:
    fitted = fit_items(Chunks(1_000, numbers), lambda number: {"id": number, "text": "ї" * size})

    items = json.loads(fitted.json)
    assert [item["id"] for item in items] == list(range(1, len(items) + 1))
    assert len(fitted.json) <= MAX_BODY_BYTES
    if fitted.last is None:
        assert len(items) == 1_000
    else:
        assert fitted.last == len(items)
        assert len(fitted.json) + 2 * size * 2 > MAX_BODY_BYTES * 0.9  # no shorter than it must be


def test_nothing_is_an_empty_list() -> None:
    assert fit_items([], str).json == b"[]"
