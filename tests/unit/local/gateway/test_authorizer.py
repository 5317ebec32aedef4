import asyncio
import json
from typing import Any, cast

import pytest

from infra.local.gateway.authorizer import AuthorizerFailed, Authorizers, Denied, Unauthorized
from infra.local.lambdas.functions import Functions, Invoked
from infra.local.stack.model import Authorizer

LETS_IN = Invoked(json.dumps({"isAuthorized": True, "context": {"user_id": "1"}}).encode())
KEEPS_OUT = Invoked(b'{"isAuthorized": false}')
GUARD = Authorizer("Guard", "AuthorizerFunction", ("authorization",), cache_seconds=0)
REMEMBERING = Authorizer("Guard", "AuthorizerFunction", ("authorization",), cache_seconds=300)


class OneFunction:
    """Answers every invocation with the next of its answers."""

    def __init__(self, *answers: Invoked) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    async def invoke(self, name: str, payload: bytes) -> Invoked:
        assert name == "AuthorizerFunction"
        self.asked.append(json.loads(payload))
        return self.answers.pop(0)


def event(credentials: str = "Bearer x") -> dict[str, Any]:
    http = {"method": "GET", "path": "/contacts"}
    return {"headers": {"authorization": credentials}, "requestContext": {"http": http}}


def ask(function: OneFunction, authorizer: Authorizer, *events: dict[str, Any]) -> list[Any]:
    authorizers = Authorizers(cast("Functions", function))

    async def all_of_them() -> list[Any]:
        return [await authorizers.context(authorizer, each) for each in events]

    return asyncio.run(all_of_them())


def test_the_context_is_what_the_function_found() -> None:
    function = OneFunction(LETS_IN)

    assert ask(function, GUARD, event()) == [{"user_id": "1"}]
    assert function.asked[0]["identitySource"] == ["Bearer x"]


def test_without_a_token_nobody_is_asked() -> None:
    function = OneFunction()

    with pytest.raises(Unauthorized):
        ask(function, GUARD, event(""))

    assert not function.asked


def test_a_refusal_is_denied() -> None:
    with pytest.raises(Denied):
        ask(OneFunction(KEEPS_OUT), GUARD, event())


@pytest.mark.parametrize("answer", [Invoked(b"{}", "Unhandled"), Invoked(b"{}"), Invoked(b"")])
def test_no_answer_lets_nobody_in(answer: Invoked) -> None:
    with pytest.raises(AuthorizerFailed):
        ask(OneFunction(answer), GUARD, event())


def test_with_no_time_to_live_every_request_asks() -> None:
    function = OneFunction(LETS_IN, LETS_IN)

    ask(function, GUARD, event(), event())

    assert len(function.asked) == 2


def test_with_a_time_to_live_the_same_token_asks_once() -> None:
    function = OneFunction(LETS_IN, LETS_IN)

    ask(function, REMEMBERING, event("Bearer x"), event("Bearer x"), event("Bearer y"))

    assert [each["identitySource"] for each in function.asked] == [["Bearer x"], ["Bearer y"]]


def test_a_refusal_is_remembered_too() -> None:
    function = OneFunction(KEEPS_OUT)
    authorizers = Authorizers(cast("Functions", function))

    async def twice() -> None:
        for _ in range(2):
            with pytest.raises(Denied):
                await authorizers.context(REMEMBERING, event())

    asyncio.run(twice())

    assert len(function.asked) == 1
