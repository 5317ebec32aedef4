"""Bodies in the worst alphabets, through the encoder of the runtime client itself."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import awslambdaric
import pytest
from awslambdaric.lambda_runtime_marshaller import Encoder
from starlette.responses import Response

from kith.http.application import Handler, make_router, serve
from kith.http.response_size import MAX_BODY_BYTES, shorter_limit
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


@pytest.mark.parametrize(
    ("items", "size", "limit"),
    [
        (100, MAX_BODY_BYTES, None),
        (100, 2 * MAX_BODY_BYTES, 50),
        (100, MAX_BODY_BYTES + 1, 99),
        (3, 100 * MAX_BODY_BYTES, 1),
        (1, 2 * MAX_BODY_BYTES, None),
    ],
)
def test_a_page_that_is_too_long_gets_a_shorter_limit(
    items: int, size: int, limit: int | None
) -> None:
    assert shorter_limit(items, bytes(size)) == limit
