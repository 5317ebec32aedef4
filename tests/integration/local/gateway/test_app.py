"""What a client of the gateway sees, over a real socket and real workers."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.integration.local.conftest import Cloud, serving
from tests.waiting import async_wait_until

pytestmark = pytest.mark.anyio

OPEN = b"GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    async with serving(tmp_path_factory.mktemp("stack")) as cloud:
        yield cloud


async def test_a_public_route_is_answered_by_its_function(cloud: Cloud) -> None:
    response = await cloud.ask("/open?a=1&a=2&b=%20")

    event = response.json()["event"]
    assert response.status_code == 200
    assert event["routeKey"] == "GET /open"
    assert event["rawQueryString"] == "a=1&a=2&b=%20"
    assert event["queryStringParameters"] == {"a": "1,2", "b": " "}


async def test_the_worker_sees_what_a_lambda_sees(cloud: Cloud) -> None:
    facts = (await cloud.ask("/open")).json()

    environment = facts["environment"]
    assert facts["cwd"] == str(cloud.folder / "echo")
    assert facts["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:EchoFunction"
    assert 0 < facts["remaining"] <= 300_000
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "EchoFunction"
    assert environment["GREETING"] == "hello"
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert environment["PYTHONPATH"] == f"{cloud.folder / 'echo'}:{cloud.folder / 'layer'}"


async def test_the_local_clouds_own_value_beats_the_templates(cloud: Cloud) -> None:
    facts = (await cloud.ask("/open")).json()

    assert facts["environment"]["DATABASE_URL"] == "postgresql://here"


async def test_without_a_token_the_authorizer_is_not_asked(cloud: Cloud) -> None:
    before = cloud.served("AuthorizerFunction")

    response = await cloud.ask("/items/7")

    assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"})
    assert response.headers["www-authenticate"] == "Bearer"
    assert cloud.served("AuthorizerFunction") == before


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/open", {}),
        ("GET", "/nowhere", {}),
        ("DELETE", "/open", {}),
        ("GET", "/items/7", {}),
        ("GET", "/items/7", {"authorization": "bad"}),
        ("GET", "/items/7", {"authorization": "crash"}),
        ("GET", "/a/../b", {}),
        ("GET", "/open?do=malformed", {}),
        ("OPTIONS", "/open", {"origin": "http://x", "access-control-request-method": "GET"}),
        ("GET", "/_local/state", {}),
    ],
)
async def test_no_answer_is_to_be_sniffed_at(
    cloud: Cloud, method: str, path: str, headers: dict[str, str]
) -> None:
    response = await cloud.client.request(method, path, headers=headers)

    assert response.headers.get_list("x-content-type-options") == ["nosniff"]


async def test_not_even_one_to_what_is_not_http(cloud: Cloud) -> None:
    assert b"x-content-type-options: nosniff" in (await cloud.say_raw(b"nonsense\r\n\r\n")).lower()


async def test_an_empty_token_is_none(cloud: Cloud) -> None:
    assert (await cloud.ask("/items/7", authorization="")).status_code == 401


async def test_a_token_that_is_not_ours_is_forbidden(cloud: Cloud) -> None:
    response = await cloud.ask("/items/7", authorization="bad")

    assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})


async def test_the_function_is_told_what_the_authorizer_found(cloud: Cloud) -> None:
    response = await cloud.ask("/items/7", authorization="good")

    event = response.json()["event"]
    assert event["requestContext"]["authorizer"] == {"lambda": {"user_id": "good", "n": 1}}
    assert event["pathParameters"] == {"item_id": "7"}


async def test_an_authorizer_that_fails_lets_nobody_in(cloud: Cloud) -> None:
    response = await cloud.ask("/items/7", authorization="crash")

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
    assert response.headers["retry-after"] == "1"


async def test_a_literal_route_beats_a_parameter(cloud: Cloud) -> None:
    response = await cloud.ask("/items/special", authorization="good")

    assert response.json()["event"]["routeKey"] == "GET /items/special"


@pytest.mark.parametrize("path", ["/nowhere", "/open/", "/OPEN", "/items/", "/items/7/8"])
async def test_what_is_no_route_is_not_found(cloud: Cloud, path: str) -> None:
    response = await cloud.ask(path, authorization="good")

    assert (response.status_code, response.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("method", ["DELETE", "HEAD", "OPTIONS", "TRACE"])
async def test_a_method_that_the_path_has_not_is_told_which_it_has(
    cloud: Cloud, method: str
) -> None:
    response = await cloud.client.request(method, "/open")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "path",
    ["/a//b", "/items/%2e%2e/open", "/items%2f7", "/items/%00", "/items/%ff", "/items/%0d%0ax"],
)
async def test_a_path_with_two_readings_is_a_bad_request(cloud: Cloud, path: str) -> None:
    answered = await cloud.say_raw(
        b"GET " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.endswith(b'{"message":"Bad Request"}')


async def test_whoever_asks_is_known_by_the_socket_alone(cloud: Cloud) -> None:
    forged = {
        "X-Forwarded-For": "8.8.8.8",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=8.8.8.8",
        "X-Real-IP": "8.8.8.8",
    }

    event = (await cloud.ask("/open", **forged)).json()["event"]

    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert not {"forwarded", "x-forwarded-host", "x-real-ip"} & set(event["headers"])


@pytest.mark.parametrize(
    "headers",
    [
        b"Authorization: good\r\nAuthorization: bad\r\n",
        b"Content-Type: text/plain\r\nContent-Type: application/json\r\n",
        b"Host: elsewhere\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -1\r\n",
        b"Bad Name: x\r\n",
    ],
)
async def test_headers_that_can_be_read_in_two_ways_are_refused(
    cloud: Cloud, headers: bytes
) -> None:
    answered = await cloud.say_raw(OPEN + headers + b"\r\n")

    assert answered.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("host", [b"", b"a b", b"evil\\example", b"a@b", b"x/../y"])
async def test_a_host_that_is_none_is_refused(cloud: Cloud, host: bytes) -> None:
    answered = await cloud.say_raw(
        b"GET /open HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    )

    assert answered.startswith(b"HTTP/1.1 400 ")


async def test_too_many_bytes_of_headers_are_refused(cloud: Cloud) -> None:
    response = await cloud.ask("/open", **{"X-Long": "x" * 11_000})

    assert response.status_code == 431


async def test_what_is_not_http_is_a_bad_request(cloud: Cloud) -> None:
    answered = await cloud.say_raw(b"EHLO localhost\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b"server" not in answered.lower().partition(b"\r\n\r\n")[0]


async def test_text_travels_as_text_and_all_else_as_base64(cloud: Cloud) -> None:
    async def sent(body: bytes, content_type: str) -> tuple[str, bool]:
        headers = {"Content-Type": content_type}
        response = await cloud.client.post("/open", content=body, headers=headers)
        event = response.json()["event"]
        return event["body"], event["isBase64Encoded"]

    assert await sent('{"name": "Іван"}'.encode(), "application/json") == (
        '{"name": "Іван"}',
        False,
    )
    assert await sent(b"a=1", "application/x-www-form-urlencoded") == ("YT0x", True)
    assert await sent(b"\x89PNG", "image/png") == ("iVBORw==", True)


async def test_a_body_of_more_than_ten_megabytes_is_refused(cloud: Cloud) -> None:
    announced = b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\n"

    answered = await cloud.say_raw(announced.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert answered.startswith(b"HTTP/1.1 413 ")
    assert answered.endswith(b'{"message":"Request Entity Too Large"}')


async def test_a_body_that_does_not_say_how_long_it_is_is_cut_off_at_ten_megabytes(
    cloud: Cloud,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 1_048_576

    response = await cloud.client.post("/open", content=endless())

    assert response.status_code == 413


async def test_an_event_that_lambda_would_not_take_is_too_large(cloud: Cloud) -> None:
    response = await cloud.client.post("/open", content=b"x" * 6_500_000)

    assert response.status_code == 413


async def test_half_a_request_runs_nothing(cloud: Cloud) -> None:
    before = cloud.served("EchoFunction")
    reader, writer = await asyncio.open_connection("127.0.0.1", cloud.port)
    writer.write(b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")

    writer.close()
    await writer.wait_closed()
    await async_wait_until(lambda: any("POST /open hung up" in line for line in cloud.lines))

    assert cloud.served("EchoFunction") == before
    assert not await reader.read()


async def test_binary_answers_and_cookies_come_through(cloud: Cloud) -> None:
    response = await cloud.ask("/open?do=bytes")

    assert response.content == b"\x00\x01\x02\xff"
    assert response.headers["content-type"] == "image/png"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_an_answer_without_content_has_no_body_and_no_length(cloud: Cloud) -> None:
    response = await cloud.ask("/open?do=empty")

    assert (response.status_code, response.content) == (204, b"")
    assert "content-length" not in response.headers


async def test_an_answer_with_a_forged_header_is_not_passed_on(cloud: Cloud) -> None:
    response = await cloud.ask("/open?do=malformed")

    assert response.status_code == 503
    assert "b" not in response.headers


async def test_an_exception_in_the_function_says_nothing_about_it(cloud: Cloud) -> None:
    response = await cloud.ask("/open?do=raise")

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
    assert response.headers["retry-after"] == "1"
    assert any("not today" in line for line in cloud.lines)


async def test_a_preflight_runs_nothing_and_needs_no_token(cloud: Cloud) -> None:
    before = cloud.served("EchoFunction")

    response = await cloud.client.options(
        "/items/7",
        headers={"Origin": "https://app.example", "Access-Control-Request-Method": "GET"},
    )

    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["access-control-allow-methods"] == "GET,POST"
    assert response.headers["access-control-allow-headers"] == "authorization"
    assert response.headers["access-control-max-age"] == "600"
    assert response.headers["vary"] == "Origin"
    assert cloud.served("EchoFunction") == before


async def test_another_origin_is_told_nothing(cloud: Cloud) -> None:
    response = await cloud.client.options(
        "/items/7", headers={"Origin": "https://evil", "Access-Control-Request-Method": "GET"}
    )

    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", ["/open", "/nowhere", "/items/7"])
async def test_errors_carry_the_same_cors_headers(cloud: Cloud, path: str) -> None:
    response = await cloud.ask(path, origin="https://app.example")

    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["access-control-expose-headers"] == "etag"


async def test_what_a_function_says_about_cors_is_ignored(cloud: Cloud) -> None:
    response = await cloud.ask("/open?do=cors")

    assert "access-control-allow-origin" not in response.headers


async def test_each_request_is_one_line_that_tells_no_secret(cloud: Cloud) -> None:
    await cloud.ask("/links/s3cret?q=private", authorization="good")

    (line,) = [line for line in cloud.lines if line.startswith("GET /links/")]
    assert line.startswith("GET /links/{token} 200 ")
    assert line.endswith(("EchoFunction cold", "EchoFunction warm"))
    assert not any("s3cret" in line or "private" in line for line in cloud.lines)


async def test_the_console_is_not_found_where_there_is_none(cloud: Cloud) -> None:
    assert (await cloud.ask("/_local/state")).status_code == 404


async def test_clients_of_one_connection_are_answered_in_turn(cloud: Cloud) -> None:
    pipelined = b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2 + OPEN + b"\r\n"

    answered = await cloud.say_raw(pipelined)

    assert answered.count(b"HTTP/1.1 200 ") == 3
