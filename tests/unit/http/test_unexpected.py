"""A programming error: counted under a fingerprint, and not to be retried for a while."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from starlette.responses import Response

from kith.cache import Cache, CacheUnavailable, Reply, cache
from kith.http import unexpected
from kith.http.application import Handler, make_router, serve
from tests.events import Event, json_of, request, signed_in


class MemoryCache(Cache):
    """Knows the one script that is asked for here; ``away`` as a dead Redis is."""

    def __init__(self) -> None:
        super().__init__("")
        self.keys: set[str] = set()
        self.away = False

    def run(self, script: str, keys: object, arguments: object) -> Reply:
        del script, arguments
        if self.away:
            raise CacheUnavailable
        (key,) = list(keys)  # type: ignore[call-overload]
        seen = key in self.keys
        self.keys.add(key)
        return int(seen)


@pytest.fixture(scope="module")
def handler() -> Handler:
    router = make_router("mistakes")

    @router.api_route("/divide", methods=["GET", "POST"])
    async def divide(by: int = 0, key: str = "") -> Response:
        return Response(str(1 // by))

    @router.get("/look_up")
    async def look_up(key: str) -> Response:
        return Response({"a": "b"}[key])

    return serve(router)


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryCache]:
    unexpected._seen_here.clear()
    memory = MemoryCache()
    with cache.override(memory):
        yield memory


def retry_after(handler: Handler, event: Event) -> str:
    response = handler(event, None)
    assert response["statusCode"] == 503
    assert json_of(response)["code"] == "unexpected"
    return str(response["headers"]["retry-after"])


def by(user_id: UUID) -> Event:
    return request("GET", "/divide", identity=signed_in(user_id, uuid4()))


def test_the_first_failure_may_be_retried_soon_and_its_repetition_may_not(handler: Handler) -> None:
    event = request("GET", "/divide")

    waits = [retry_after(handler, event) for _ in range(3)]

    assert waits == ["1", "60", "60"]


@pytest.mark.parametrize(
    "other",
    [
        request("POST", "/divide"),
        request("GET", "/divide", query={"by": 0}),
        request("POST", "/divide", body={"a": 1}),
        request("GET", "/look_up", query={"key": "b"}),
        by(uuid4()),
    ],
    ids=["method", "query", "body", "path", "user"],
)
def test_another_request_is_another_matter(handler: Handler, other: Event) -> None:
    retry_after(handler, request("GET", "/divide"))

    assert retry_after(handler, other) == "1"


def test_the_same_request_of_another_user_is_another_matter(handler: Handler) -> None:
    alice, bob = uuid4(), uuid4()

    waits = [retry_after(handler, by(person)) for person in (alice, bob, alice)]

    assert waits == ["1", "1", "60"]


def test_another_process_remembers_too(handler: Handler) -> None:
    retry_after(handler, request("GET", "/divide"))
    unexpected._seen_here.clear()  # as it is in another process

    assert retry_after(handler, request("GET", "/divide")) == "60"


def test_without_a_cache_each_process_remembers_for_itself(
    handler: Handler, memory: MemoryCache
) -> None:
    memory.away = True

    waits = [retry_after(handler, request("GET", "/divide")) for _ in range(2)]

    assert waits == ["1", "60"]


def test_the_memory_of_a_process_is_bounded(
    handler: Handler, memory: MemoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unexpected, "_MOST_REMEMBERED", 2)
    memory.away = True

    for number in range(5):
        retry_after(handler, request("POST", "/divide", body={"a": number}))

    assert len(unexpected._seen_here) == 2


def test_each_is_counted_with_its_fingerprint(
    handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("/divide", "/divide", "/look_up?key=b"):
        retry_after(handler, request("GET", path.partition("?")[0], query={"key": "b"}))

    lines = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if "Unexpected" in line
    ]
    prints = [line["fingerprint"] for line in lines]
    assert [line["Unexpected"] for line in lines] == [[1], [1], [1]]
    assert prints[0] == prints[1] != prints[2]
    assert all(line["request_id"] == "request-1" for line in lines)
