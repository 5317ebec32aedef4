import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from logging import StreamHandler
from types import SimpleNamespace

import pytest
from aws_lambda_powertools import Logger

from kith import telemetry


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a logger like ours writes."""
    stream = StringIO()
    logger = Logger(service="written", location=None, logger_handler=StreamHandler(stream))
    monkeypatch.setattr(telemetry, "_logger", lambda: logger)
    yield stream
    logging.getLogger("written").handlers.clear()
    vars(logging.getLogger("written")).pop("init", None)


def test_a_line_is_an_event_with_its_facts(written: StringIO) -> None:
    telemetry.log("letter", letter_id=7, state="sent")

    line = json.loads(written.getvalue())
    assert (line["message"], line["letter_id"], line["state"]) == ("letter", 7, "sent")


def test_a_line_stays_one_line_whatever_is_in_it(written: StringIO) -> None:
    telemetry.log_warning("cache_away", problem="a\nb\r\u2028c")

    assert len(written.getvalue().strip().split("\n")) == 1


def test_a_count_is_written_at_once_in_the_embedded_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.count_metric("Letters", state="sent")

    line = json.loads(capsys.readouterr().out)
    assert line["Letters"] == [1]
    assert line["state"] == "sent"
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Kith/test"


def test_a_line_has_the_id_of_its_request(written: StringIO) -> None:
    @telemetry.with_telemetry
    def handler(event: dict[str, object], context: object) -> object:
        telemetry.log("letter")
        return event, context

    context = SimpleNamespace(aws_request_id="lambda-1")
    handler({"requestContext": {"requestId": "gateway-1"}}, context)
    handler({"Records": []}, context)
    telemetry.log("letter")

    ids = [json.loads(line)["request_id"] for line in written.getvalue().splitlines()]
    assert ids == ["gateway-1", "lambda-1", ""]


def test_a_line_tells_its_invocation_and_whether_it_was_the_first(written: StringIO) -> None:
    @telemetry.with_telemetry
    def handler(event: dict[str, object], context: object) -> None:
        telemetry.log("letter")

    for number in range(2):
        handler({"requestContext": {"requestId": "g"}}, SimpleNamespace(aws_request_id=f"{number}"))

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(each["function_request_id"], each["cold_start"]) for each in lines] == [
        ("0", True),
        ("1", False),
    ]


def test_what_a_handler_raises_is_logged_and_still_raised(written: StringIO) -> None:
    @telemetry.with_telemetry
    def handler(event: dict[str, object], context: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        handler({}, None)

    line = json.loads(written.getvalue())
    assert (line["message"], line["exception_name"]) == ("invocation_failed", "ZeroDivisionError")


def test_an_outage_is_an_event_and_a_metric(
    written: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.report_outage("database_away", "DatabaseAway", ConnectionResetError(), sqlstate="")

    line = json.loads(written.getvalue())
    assert (line["message"], line["error"]) == ("database_away", "ConnectionResetError")
    assert json.loads(capsys.readouterr().out)["DatabaseAway"] == [1]


def test_one_place_of_the_code_has_one_fingerprint() -> None:
    def fail(number: int) -> BaseException | str:
        try:
            return "abc"[number]
        except IndexError as error:
            return error

    first, second = (telemetry.fingerprint_of(_error(fail(number))) for number in (3, 4))

    assert first == second
    assert telemetry.fingerprint_of(ValueError()) != first


def _error(found: object) -> BaseException:
    assert isinstance(found, BaseException)
    return found


LIKE_LAMBDA = """
import logging, sys, threading, warnings
from awslambdaric.bootstrap import StandardLogSink, _setup_logging
_setup_logging(None, None, StandardLogSink())

from kith.telemetry import load_logger, log, request_context, with_telemetry
if sys.argv[1] == "early":
    load_logger()

def fail(*_):
    raise ZeroDivisionError("of two\\nlines")

class Unraisable:
    __del__ = fail

@with_telemetry
def handler(event, context):
    log("an_event")
    warnings.warn("careful")
    logging.getLogger("sqlalchemy.pool").error("reset failed", exc_info=ValueError("a\\nb"))
    logging.getLogger("botocore").info("found credentials")
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Unraisable()
    fail()

try:
    handler({"requestContext": {"requestId": "gateway-1"}}, None)
except ZeroDivisionError:
    pass
with request_context("gateway-1"):
    sys.excepthook(ValueError, ValueError("the end"), None)
"""


@pytest.mark.parametrize("logger", ["early", "late"])
def test_in_lambda_whatever_is_written_is_json_with_the_id_of_its_request(logger: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", LIKE_LAMBDA, logger],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["message"] for line in lines] == [
        "an_event",
        "library_log",
        "library_log",
        "thread_failed",
        "exception_ignored",
        "invocation_failed",
        "uncaught_exception",
    ]
    assert [line.get("logger") for line in lines[1:3]] == ["py.warnings", "sqlalchemy.pool"]
    of_a_thread = lines.pop(3)
    assert of_a_thread["exception_name"] == "ZeroDivisionError"
    assert {line["request_id"] for line in lines} == {"gateway-1"}
