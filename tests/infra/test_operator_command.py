"""`make operator`: from the shell to the function, here and on AWS."""

import io
import json
from typing import Any

import pytest

from infra import operator


class RecordedSession:
    """boto3, as far as the command uses it."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer
        self.clients: list[tuple[str, dict[str, Any]]] = []
        self.invoked: dict[str, Any] = {}

    def client(self, service: str, **options: Any) -> "RecordedSession":
        self.clients.append((service, options))
        return self

    def describe_stack_resource(self, **asked: str) -> dict[str, Any]:
        assert asked == {"StackName": "kith-prod", "LogicalResourceId": "OperatorFunction"}
        return {"StackResourceDetail": {"PhysicalResourceId": "kith-prod-OperatorFunction-1X"}}

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked = request
        return {"Payload": io.BytesIO(json.dumps(self._answer).encode())}


def test_without_a_stage_the_local_cloud_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8123")
    session = RecordedSession({"email": "alice@example.com"})

    assert operator.main(["disable", "alice@example.com"], session) == 0

    assert session.clients[0][1]["endpoint_url"] == "http://127.0.0.1:8123"
    assert session.invoked["FunctionName"] == "OperatorFunction"
    request = json.loads(session.invoked["Payload"])
    assert (request["command"], request["account"]) == ("disable", "alice@example.com")
    assert request["operator"]
    assert json.loads(capsys.readouterr().out) == {"email": "alice@example.com"}


def test_with_a_stage_the_function_of_its_stack_is_asked_at_its_alias() -> None:
    session = RecordedSession({"accounts": 1})

    assert operator.main(["counts", "--stage", "prod"], session) == 0

    assert session.invoked["FunctionName"] == "kith-prod-OperatorFunction-1X:live"


@pytest.mark.parametrize("answer", [{"error": "no"}, {"errorMessage": "crashed"}])
def test_what_could_not_be_done_fails_the_command(answer: dict[str, Any]) -> None:
    assert operator.main(["counts"], RecordedSession(answer)) == 1


def test_the_commands_are_those_of_the_function() -> None:
    from kith.accounts.operator import service

    assert set(operator._COMMANDS) == {*service._COMMANDS, "counts", "invite"}
