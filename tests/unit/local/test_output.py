"""What `make run` prints."""

import io
import json

import pytest

from infra.local.output import Output
from infra.local.request_log import KEPT, LoggedRequest, RequestLog

LOGGED = LoggedRequest(
    id="7f0c",
    at="2027-05-17T09:00:00.000Z",
    method="GET",
    path="/api/contacts",
    status=200,
    milliseconds=4.2,
    function="ContactsFunction",
    temperature="warm",
)


def printed(*, as_json: bool = False, colour: bool = False) -> tuple[Output, io.StringIO]:
    stream = io.StringIO()
    return Output(stream, as_json=as_json, colour=colour), stream


def test_a_request_is_one_line() -> None:
    output, stream = printed()

    output.say_request(LOGGED)

    assert stream.getvalue() == "GET /api/contacts 200 4.2 ms ContactsFunction warm\n"


def test_a_status_is_coloured_on_a_terminal() -> None:
    output, stream = printed(colour=True)

    output.say_request(LOGGED)

    assert "\x1b[32m200\x1b[0m" in stream.getvalue()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level": "INFO", "message": "request"}', ""),
        (
            '{"level": "ERROR", "message": "failed", "exception_name": "KeyError"}',
            "F | ERROR failed KeyError\n",
        ),
        ("Traceback (most recent call last):", "F | Traceback (most recent call last):\n"),
        ("17", "F | 17\n"),
    ],
)
def test_only_what_one_must_know_is_shown_of_the_functions_logs(line: str, shown: str) -> None:
    output, stream = printed()

    output.say_logged("F", line)

    assert stream.getvalue() == shown


def test_every_line_is_shown_as_it_is_to_whoever_wants_json() -> None:
    output, stream = printed(as_json=True)

    output.say_logged("F", '{"level": "INFO"}')

    assert stream.getvalue() == 'F | {"level": "INFO"}\n'


def test_a_closed_terminal_stops_nothing() -> None:
    output, stream = printed()
    stream.close()

    output.say("somebody there?")


def test_a_request_finds_its_log_lines_also_those_that_come_late() -> None:
    log = RequestLog()
    line = json.dumps({"request_id": "7f0c", "message": "request"})

    log.add(LOGGED)
    log.add_line(line)
    log.add_line("no JSON")

    assert [each["log"] for each in log.newest_first()] == [line]


def test_the_log_of_requests_forgets_the_oldest() -> None:
    log = RequestLog()
    for number in range(2 * KEPT):
        log.add_line(json.dumps({"request_id": str(number)}))
        log.add(LOGGED)

    assert len(list(log.newest_first())) == KEPT
    assert len(log._lines) == KEPT
