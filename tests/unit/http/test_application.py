"""The handler of a small router, invoked as Lambda invokes it."""

import asyncio
import json
import time
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi import Query
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response

from kith.deadline import extend_deadline, time_left
from kith.errors import Conflict, KithError, PreconditionFailed, TooManyRequests, Unavailable
from kith.http.application import Handler, deadline_of, make_router, serve
from kith.http.authentication import CurrentUser, client_address
from kith.schema_base import Line
from kith.schema_base import RequestModel as Body
from kith.settings import settings
from tests.events import Event, json_of, request, signed_in


class Greeting(Body):
    name: Line
    times: int = 1
    extra: dict[str, JsonValue] | None = None


@pytest.fixture(scope="module")
def door() -> Handler:  # noqa: C901 - one route after the other
    router = make_router("greetings")

    @router.post("/greetings")
    async def greet(greeting: Greeting) -> Response:
        return Response(greeting.name, status_code=201)

    @router.get("/greetings")
    async def greetings(limit: Annotated[int, Query(ge=1, le=5)] = 1) -> Response:
        return Response(str(limit))

    @router.get("/greetings/{greeting_id}")
    async def greeting(greeting_id: UUID) -> Response:
        return Response(str(greeting_id))

    @router.get("/words/{word}")
    async def say(word: str) -> Response:
        return Response(word)

    @router.get("/me")
    async def me(who: CurrentUser) -> Response:
        return Response(str(who.id))

    @router.get("/origin")
    async def origin(request: Request) -> Response:
        return Response(client_address(request) + " " + str(request.url))

    @router.get("/time")
    async def remaining(seconds: int = 0) -> Response:
        extend_deadline(seconds)
        return Response(str(time_left(1000)))

    @router.get("/errors/{kind}")
    async def errors(kind: str) -> Response:
        raise {
            "conflict": Conflict("Taken.", code="name_taken"),
            "precondition": PreconditionFailed('"7"'),
            "limit": TooManyRequests(30),
            "away": Unavailable(2),
            "bug": ZeroDivisionError("secret detail"),
            "plain": KithError(),
        }[kind]

    return serve(router)


def ask(door: Handler, event: Event) -> dict[str, Any]:
    return door(event, None)


def test_an_answer_carries_the_gateways_request_id_and_the_usual_headers(door: Handler) -> None:
    answer = ask(door, request("GET", "/greetings"))

    assert answer["statusCode"] == 200
    assert answer["headers"]["x-request-id"] == "request-1"
    assert answer["headers"]["x-content-type-options"] == "nosniff"
    assert answer["headers"]["cache-control"] == "no-store"


def test_only_where_there_is_https_it_is_asked_for_from_now_on(
    door: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ask(door, request("GET", "/greetings"))
    monkeypatch.setenv("KITH_PUBLIC_BASE_URL", "https://kith.example.com")
    settings.cache_clear()

    secure = ask(door, request("GET", "/greetings"))

    assert "strict-transport-security" not in plain["headers"]
    assert secure["headers"]["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("kind", "status", "code", "headers"),
    [
        ("conflict", 409, "name_taken", {}),
        ("precondition", 412, "precondition_failed", {"etag": '"7"'}),
        ("limit", 429, "too_many_requests", {"retry-after": "30"}),
        ("away", 503, "unavailable", {"retry-after": "2"}),
        ("bug", 503, "unexpected", {"retry-after": "1"}),
        ("plain", 503, "error", {}),
    ],
)
def test_every_error_becomes_a_problem_document(
    door: Handler, kind: str, status: int, code: str, headers: dict[str, str]
) -> None:
    answer = ask(door, request("GET", f"/errors/{kind}"))

    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == "application/problem+json"
    found = json_of(answer)
    assert (found["status"], found["code"], found["instance"]) == (status, code, "request-1")
    assert headers.items() <= answer["headers"].items()
    assert "secret" not in answer["body"]


def test_a_loop_that_somebody_took_away_is_not_missed(door: Handler) -> None:
    asyncio.run(asyncio.sleep(0))

    answer = ask(door, request("GET", "/greetings"))

    assert answer["statusCode"] == 200


def test_an_unknown_address_is_a_problem_too(door: Handler) -> None:
    answer = ask(door, request("GET", "/nowhere"))

    assert answer["statusCode"] == 404
    assert json_of(answer)["code"] == "not_found"


def test_a_wrong_method_says_which_are_right(door: Handler) -> None:
    answer = ask(door, request("DELETE", "/me"))

    assert answer["statusCode"] == 405
    assert answer["headers"]["allow"] == "GET"
    assert json_of(answer)["code"] == "method_not_allowed"


def test_a_slash_too_many_is_not_redirected(door: Handler) -> None:
    answer = ask(door, request("GET", "/greetings/"))

    assert answer["statusCode"] == 404


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff", b'{"name": NaN}', b'{"name": Infinity}', b"[" * 100_000, b""]
)
def test_what_is_no_json_cannot_be_read(door: Handler, raw: bytes) -> None:
    event = request("POST", "/greetings", raw=raw, headers={"content-type": "application/json"})

    answer = ask(door, event)

    assert answer["statusCode"] in {400, 422}
    assert answer["headers"]["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_called_json_is_not_taken(door: Handler, kind: str) -> None:
    event = request("POST", "/greetings", raw=b'{"name": "Ivan"}', headers={"content-type": kind})

    answer = ask(door, event)

    assert answer["statusCode"] == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/merge-patch+json"]
)
def test_every_kind_of_json_is_taken(door: Handler, kind: str) -> None:
    event = request("POST", "/greetings", raw=b'{"name": "Ivan"}', headers={"content-type": kind})

    answer = ask(door, event)

    assert answer["statusCode"] == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "I\u0000van"}, "/name"),
        ({"name": "\ud800"}, "/name"),
        ({"name": "Ivan", "times": "1"}, "/times"),
        ({"name": "Ivan", "times": True}, "/times"),
        ({"name": "Ivan", "is_admin": True}, "/is_admin"),
        ({"name": "Ivan", "a/b~c": 1}, "/a~1b~0c"),
        ({"name": "x" * 201}, "/name"),
    ],
)
def test_what_is_wrong_is_named_by_field_and_never_repeated(
    door: Handler, body: dict[str, Any], pointer: str
) -> None:
    answer = ask(door, request("POST", "/greetings", body=body))

    assert answer["statusCode"] == 422
    faults = json_of(answer)["errors"]
    assert [each["pointer"] for each in faults] == [pointer]
    assert set(faults[0]) == {"pointer", "code", "detail"}
    assert "xxx" not in answer["body"]


def test_an_id_that_is_none_is_not_quoted(door: Handler) -> None:
    answer = ask(door, request("GET", "/greetings/zebra"))

    assert json_of(answer)["errors"] == [
        {
            "pointer": "/path/greeting_id",
            "code": "uuid_parsing",
            "detail": "Input should be a valid UUID",
        }
    ]


def test_what_is_nested_too_deeply_is_named_by_its_field_alone(door: Handler) -> None:
    raw = b'{"name": "Bob", "extra": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}"
    event = request("POST", "/greetings", raw=raw, headers={"content-type": "application/json"})

    answer = ask(door, event)

    assert answer["statusCode"] == 422
    assert json_of(answer)["errors"] == [
        {
            "pointer": "/extra",
            "code": "recursion_depth_exceeded",
            "detail": "This is nested too deeply.",
        }
    ]


def test_a_query_that_is_out_of_bounds_is_named_as_one(door: Handler) -> None:
    answer = ask(door, request("GET", "/greetings", query={"limit": 6}))

    assert answer["statusCode"] == 422
    assert json_of(answer)["errors"][0]["pointer"] == "/query/limit"


def test_the_authorizers_word_is_who_asks(door: Handler) -> None:
    alice = uuid4()

    answer = ask(door, request("GET", "/me", identity=signed_in(alice, uuid4())))

    assert answer["body"] == str(alice)


@pytest.mark.parametrize(
    "identity",
    [
        None,
        {},
        {"user_id": "alice"},
        {**signed_in(uuid4(), uuid4()), "user_id": ""},
        {**signed_in(uuid4(), uuid4()), "time_zone": ""},
    ],
)
def test_without_the_authorizers_whole_word_nobody_is_signed_in(
    door: Handler, identity: dict[str, str] | None
) -> None:
    answer = ask(door, request("GET", "/me", identity=identity))

    assert answer["statusCode"] == 401
    assert answer["headers"]["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("denied", ["token_expired", "session_revoked"])
def test_a_token_of_ours_that_no_longer_counts_says_why(door: Handler, denied: str) -> None:
    answer = ask(door, request("GET", "/me", identity={"denied": denied}))

    assert answer["statusCode"] == 401
    assert json_of(answer)["code"] == denied


def test_a_denial_wins_over_an_identity(door: Handler) -> None:
    word = {**signed_in(uuid4(), uuid4()), "denied": "session_revoked"}

    answer = ask(door, request("GET", "/me", identity=word))

    assert answer["statusCode"] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"Host": "evil.example:99999999"},
        {"x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "gopher"},
        {"X-Forwarded-Port": "none", "forwarded": "for=6.6.6.6"},
        {"host": "[::1"},
    ],
)
def test_no_header_of_the_client_tells_us_where_we_are(
    door: Handler, headers: dict[str, str]
) -> None:
    answer = ask(door, request("GET", "/origin", headers=headers))

    assert answer["body"] == "203.0.113.9 http://127.0.0.1:8000/origin"


@pytest.mark.parametrize("event", [{}, {"version": "2.0"}, {"requestContext": None}])
def test_what_the_adapter_cannot_digest_is_answered_all_the_same(
    door: Handler, event: Event
) -> None:
    answer = ask(door, event)

    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["code"] == "unreadable"


@pytest.mark.parametrize("word", ["рідні", "a b", "100%", "%41", "1%2F2", "a?b", "a#b", "%2e%2e"])
def test_a_path_that_the_gateway_decoded_is_not_decoded_again(door: Handler, word: str) -> None:
    answered = door(request("GET", f"/words/{word}"), None)

    assert (answered["statusCode"], answered["body"]) == (200, word)


@pytest.fixture
def five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_REQUEST_SECONDS", "5")
    monkeypatch.setenv("KITH_AUTHORIZER_SECONDS", "2")
    settings.cache_clear()


@pytest.mark.usefixtures("five_seconds")
def test_what_the_authorizer_took_is_taken_off_the_requests_time(door: Handler) -> None:
    event = request("GET", "/time")
    event["requestContext"]["timeEpoch"] = (time.time() - 1.5) * 1000

    assert float(door(event, None)["body"]) <= 3.5

    event["rawQueryString"] = "seconds=12"
    assert float(door(event, None)["body"]) <= 10.5


@pytest.mark.usefixtures("five_seconds")
@pytest.mark.parametrize(
    ("spent", "left"),
    [(0.0, 5.0), (0.25, 4.75), (2.0, 3.0), (2.5, 3.0), (3600.0, 3.0), (-60.0, 5.0)],
)
def test_both_deadlines_together_are_one_as_the_client_counts(spent: float, left: float) -> None:
    """However late the function is asked: a cold start and two clocks that differ do not count."""
    event = request("GET", "/time")
    event["requestContext"]["timeEpoch"] = 1_000_000

    deadline = deadline_of(event, 1000 + spent, lambda: 7.0)

    assert deadline.left() == left


@pytest.mark.usefixtures("five_seconds")
def test_a_request_of_an_unknown_beginning_begins_now() -> None:
    assert deadline_of(request("GET", "/time"), 1000, lambda: 7.0).left() == 5
