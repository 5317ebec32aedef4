"""The document and its two pages, through the door that serves them."""

import base64
import gzip
import json
import re

import pytest

from kith.http.application import serve
from kith.reference.router import router
from tests.events import json_of, request

door = serve(router)


def test_the_document_comes_packed_to_those_who_can_unpack_it() -> None:
    answer = door(request("GET", "/openapi.json", headers={"accept-encoding": "gzip"}), None)

    assert answer["headers"]["content-encoding"] == "gzip"
    packed = base64.b64decode(answer["body"])
    assert json.loads(gzip.decompress(packed))["info"]["title"] == "Kith"


def test_the_document_comes_plain_to_everybody_else() -> None:
    answer = door(request("GET", "/openapi.json"), None)

    assert "content-encoding" not in answer["headers"]
    assert json_of(answer)["openapi"] == "3.1.0"


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_every_asset_of_a_page_is_served_by_us(page: str) -> None:
    answer = door(request("GET", page), None)

    assert answer["statusCode"] == 200
    assert "default-src 'none'" in answer["headers"]["content-security-policy"]
    assets = re.findall(r'(?:src|href)="(/docs/[^"]+)"', answer["body"])
    assert assets
    for asset in assets:
        found = door(request("GET", asset), None)
        assert found["statusCode"] == 200
        assert "max-age" in found["headers"]["cache-control"]


@pytest.mark.parametrize("asset", ["nothing.js", "..%2fdocument.py", "docs.html"])
def test_nothing_else_is_served(asset: str) -> None:
    answer = door(request("GET", f"/docs/{asset}"), None)

    assert answer["statusCode"] == 404
