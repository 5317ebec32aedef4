"""What a batch's answer means for its messages, as Lambda's poller has it."""

import json

import pytest

from infra.local.stack.model import Queue
from infra.local.triggers.sqs_poller import _done, _record

BATCH = [{"MessageId": "a"}, {"MessageId": "b"}, {"MessageId": "c"}]


def done(answer: bytes | None, *, reports: bool = True) -> list[str]:
    return [message["MessageId"] for message in _done(BATCH, answer, reports=reports)]


@pytest.mark.parametrize(
    "answer", [b"null", b"", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}']
)
def test_a_report_without_failures_is_success(answer: bytes) -> None:
    assert done(answer or b"null") == ["a", "b", "c"]


def test_reported_failures_stay() -> None:
    assert done(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}') == ["a", "c"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"no json",
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "stranger"}]}',
        b'{"batchItemFailures": [{"id": "a"}]}',
        b'{"batchItemFailures": "a"}',
        b'"done"',
    ],
)
def test_an_error_or_a_report_that_makes_no_sense_fails_the_batch(answer: bytes | None) -> None:
    assert done(answer) == []


def test_without_reports_any_answer_is_success() -> None:
    assert done(b'"anything"', reports=False) == ["a", "b", "c"]


def test_a_record_has_the_shape_that_lambda_gives_it() -> None:
    queue = Queue("Letters", "letters", 30, 0, 60, None, None)
    message = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Body": json.dumps({"letter_id": 1}),
        "MD5OfBody": "5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
    }

    record = _record(message, queue)

    assert record["body"] == '{"letter_id": 1}'
    assert record["attributes"] == {"ApproximateReceiveCount": "1"}
    assert record["eventSourceARN"].endswith(":letters")
    assert record["messageAttributes"]["kind"] == {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
        "stringValue": "x",
    }
