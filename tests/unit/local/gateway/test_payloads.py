import json
from typing import Any

import pytest

from infra.local.asgi import Header
from infra.local.gateway.payloads import (
    Answer,
    MalformedAnswer,
    Peer,
    answer_of,
    authorizer_context,
    authorizer_payload,
    function_payload,
    request_event,
)
from infra.local.stack.model import Route

ROUTE = Route("GET", "/contacts/{contact_id}", "ContactsFunction", None, 30.0)
PEER = Peer("203.0.113.7", 8000, "http")


def event(*headers: Header, query: bytes = b"") -> dict[str, Any]:
    return request_event(
        route=ROUTE,
        method="GET",
        path="/contacts/7",
        parameters={"contact_id": "7"},
        query=query,
        headers=[(b"host", b"localhost:8000"), *headers],
        peer=PEER,
        protocol="HTTP/1.1",
        request_id="7f0c",
    )


def sent(body: bytes, *headers: Header) -> tuple[Any, bool]:
    found = json.loads(function_payload(event(*headers), body, None))
    return found.get("body"), found["isBase64Encoded"]


def test_the_event_is_payload_format_2() -> None:
    found = event(query=b"a=1")

    http = found["requestContext"]["http"]
    assert (found["version"], found["routeKey"]) == ("2.0", "GET /contacts/{contact_id}")
    assert found["rawPath"] == http["path"] == "/contacts/7"
    assert (http["method"], http["protocol"], http["sourceIp"]) == (
        "GET",
        "HTTP/1.1",
        "203.0.113.7",
    )
    assert found["requestContext"]["stage"] == "$default"
    assert found["pathParameters"] == {"contact_id": "7"}


def test_absent_parts_are_absent() -> None:
    assert not {"cookies", "queryStringParameters", "body"} & set(event())


def test_repeated_headers_are_joined_by_commas() -> None:
    found = event((b"accept", b"text/html"), (b"accept", b"*/*"))

    assert found["headers"]["accept"] == "text/html,*/*"


def test_cookies_are_a_list_apart() -> None:
    found = event((b"cookie", b"a=1; b=2"), (b"cookie", b"c=3"))

    assert found["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in found["headers"]


def test_the_query_is_kept_raw_beside_its_values() -> None:
    found = event(query=b"name=%D0%86%D0%B2%D0%B0%D0%BD&x=&x=1")

    assert found["rawQueryString"] == "name=%D0%86%D0%B2%D0%B0%D0%BD&x=&x=1"
    assert found["queryStringParameters"] == {"name": "Іван", "x": ",1"}


@pytest.mark.parametrize(
    "name", [b"x-forwarded-for", b"x-forwarded-anything", b"forwarded", b"x-real-ip"]
)
def test_nobody_can_say_that_he_is_somebody_else(name: bytes) -> None:
    found = event((name, b"8.8.8.8"))

    assert "8.8.8.8" not in json.dumps(found)
    assert found["headers"]["x-forwarded-for"] == "203.0.113.7"


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"application/json; charset=utf-8", b"text/vcard", b"application/xml"],
)
def test_text_is_sent_as_text(content_type: bytes) -> None:
    assert sent("Іван".encode(), (b"content-type", content_type)) == ("Іван", False)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"application/x-www-form-urlencoded")],
        [(b"content-type", b"multipart/form-data; boundary=x")],
        [(b"content-type", b"application/merge-patch+json")],
        [(b"content-type", b"text/plain"), (b"content-encoding", b"gzip")],
    ],
)
def test_all_else_is_sent_as_base64(headers: list[Header]) -> None:
    assert sent(b"abc", *headers) == ("YWJj", True)


def test_text_that_is_not_utf8_is_sent_as_base64() -> None:
    assert sent(b"\xff", (b"content-type", b"text/csv")) == ("/w==", True)


def test_an_empty_body_is_none() -> None:
    assert sent(b"", (b"content-type", b"application/json")) == (None, False)


def test_the_authorizer_is_asked_with_its_identity_source() -> None:
    found = json.loads(authorizer_payload(event(), ["Bearer x"]))

    assert (found["type"], found["identitySource"]) == ("REQUEST", ["Bearer x"])
    assert found["routeArn"].endswith("/$default/GET/contacts/7")


def test_the_function_gets_the_authorizers_context() -> None:
    found = json.loads(function_payload(event(), b"", {"user_id": "1"}))

    assert found["requestContext"]["authorizer"] == {"lambda": {"user_id": "1"}}


@pytest.mark.parametrize(
    ("payload", "context"),
    [
        (b'{"isAuthorized": true, "context": {"a": "b"}}', {"a": "b"}),
        (b'{"isAuthorized": true}', {}),
        (b'{"isAuthorized": false, "context": {"a": "b"}}', None),
    ],
)
def test_a_simple_response_lets_in_or_not(payload: bytes, context: object) -> None:
    assert authorizer_context(payload) == context


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"true", b"{}", b'{"isAuthorized": "true"}', b'{"isAuthorized": 1}',
     b'{"isAuthorized": true, "context": []}', b'{"isAuthorized": true, "context": "x"}'],
)  # fmt: skip
def test_any_other_answer_of_an_authorizer_lets_nobody_in(payload: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        authorizer_context(payload)


def test_an_answer_has_status_headers_cookies_and_body() -> None:
    found = answer_of(
        json.dumps(
            {
                "statusCode": "201",
                "headers": {"ETag": '"1"', "X-Flag": True, "Content-Length": "999"},
                "cookies": ["a=1", "b=2"],
                "body": "Іван",
            }
        ).encode()
    )

    assert found == Answer(
        201,
        [(b"etag", b'"1"'), (b"x-flag", b"true"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")],
        "Іван".encode(),
    )


def test_a_base64_answer_is_decoded() -> None:
    payload = b'{"statusCode": 200, "body": "AAH/", "isBase64Encoded": true}'

    assert answer_of(payload).body == b"\x00\x01\xff"


@pytest.mark.parametrize("payload", [b'"hello"', b'{"a": 1}', b"[]", b"null"])
def test_an_answer_without_a_status_is_json_itself(payload: bytes) -> None:
    assert answer_of(payload) == Answer(200, [(b"content-type", b"application/json")], payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b'{"statusCode": "many"}',
        b'{"statusCode": 99}',
        b'{"statusCode": 600}',
        b'{"statusCode": 200, "body": {}}',
        b'{"statusCode": 200, "body": "!", "isBase64Encoded": true}',
        b'{"statusCode": 200, "headers": {"a": "b\\r\\nc: d"}}',
        b'{"statusCode": 200, "headers": {"a b": "c"}}',
        b'{"statusCode": 200, "headers": ["a"]}',
        b'{"statusCode": 200, "cookies": ["a\\nb"]}',
        b'{"statusCode": 200, "cookies": 7}',
        b'{"statusCode": 200, "body": "\\ud800"}',
    ],
)
def test_an_answer_that_cannot_be_sent_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        answer_of(payload)
