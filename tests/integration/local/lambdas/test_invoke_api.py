"""Lambda's Invoke API as boto3 and the aws command speak it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.local.conftest import Cloud, serving
from tests.waiting import async_wait_until

pytestmark = pytest.mark.anyio

INVOKE = "/2015-03-31/functions/EchoFunction/invocations"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    async with serving(tmp_path_factory.mktemp("stack")) as cloud:
        yield cloud


def lambda_client(cloud: Cloud) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{cloud.port}",
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


async def invoke(cloud: Cloud, **arguments: Any) -> dict[str, Any]:
    def call() -> dict[str, Any]:
        answer: dict[str, Any] = lambda_client(cloud).invoke(**arguments)
        return {**answer, "Payload": answer["Payload"].read()}

    return await asyncio.to_thread(call)


@pytest.mark.parametrize(
    "name",
    [
        "EchoFunction",
        "EchoFunction:live",
        "arn:aws:lambda:us-east-1:123456789012:function:EchoFunction",
        "arn:aws:lambda:us-east-1:123456789012:function:EchoFunction:$LATEST",
    ],
)
async def test_boto3_invokes_a_function_by_any_of_its_names(cloud: Cloud, name: str) -> None:
    answer = await invoke(cloud, FunctionName=name, Payload=b'{"x": 1}')

    assert answer["StatusCode"] == 200
    assert b'"statusCode": 200' in answer["Payload"]
    assert any(line.startswith("POST /2015-03-31/functions/") for line in cloud.lines)
    assert "FunctionError" not in answer


async def test_a_failure_of_the_function_is_told_beside_the_payload(cloud: Cloud) -> None:
    answer = await invoke(cloud, FunctionName="EchoFunction", Payload=b'{"do": "raise"}')

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert b'"errorType": "ValueError"' in answer["Payload"]


async def test_an_event_is_accepted_and_run_later(cloud: Cloud) -> None:
    answer = await invoke(
        cloud, FunctionName="EchoFunction", InvocationType="Event", Payload=b'{"do": "print"}'
    )

    assert (answer["StatusCode"], answer["Payload"]) == (202, b"")
    await async_wait_until(lambda: any("a word from the function" in line for line in cloud.lines))


async def test_a_dry_run_runs_nothing(cloud: Cloud) -> None:
    before = cloud.served("EchoFunction")

    answer = await invoke(cloud, FunctionName="EchoFunction", InvocationType="DryRun")

    assert answer["StatusCode"] == 204
    assert cloud.served("EchoFunction") == before


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
async def test_an_unknown_function_is_a_resource_not_found(cloud: Cloud, kind: str) -> None:
    with pytest.raises(ClientError) as caught:
        await invoke(cloud, FunctionName="Nobody", InvocationType=kind)

    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


async def test_what_the_function_prints_can_be_asked_for(cloud: Cloud) -> None:
    answer = await invoke(
        cloud, FunctionName="EchoFunction", LogType="Tail", Payload=b'{"do": "print"}'
    )

    assert "LogResult" in answer


async def test_a_payload_that_is_not_json_is_refused(cloud: Cloud) -> None:
    response = await cloud.client.post(INVOKE, content=b"{")

    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"] == "InvalidRequestContentException"


async def test_a_payload_larger_than_lambdas_is_refused(cloud: Cloud) -> None:
    response = await cloud.client.post(INVOKE, content=b'"' + b"x" * 6_291_456 + b'"')

    assert response.status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "kith.example"},
        {"Origin": "https://evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_web_page_cannot_invoke_a_function(cloud: Cloud, headers: dict[str, str]) -> None:
    response = await cloud.client.post(INVOKE, content=b"{}", headers=headers)

    assert response.status_code == 404


async def test_other_operations_are_not_known(cloud: Cloud) -> None:
    assert (await cloud.ask("/2015-03-31/functions/EchoFunction")).status_code == 404
