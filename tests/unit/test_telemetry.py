import json
import logging
import sys
from collections.abc import Iterator
from logging import StreamHandler

import pytest
from aws_lambda_powertools import Logger

from kith import telemetry


@pytest.fixture(autouse=True)
def _a_logger_that_writes_to_what_is_captured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A logger keeps the standard output of whichever test made it: this one gets its own."""
    made = Logger(service="captured", location=None, logger_handler=StreamHandler(sys.stdout))
    monkeypatch.setattr(telemetry, "_logger", lambda: made)
    yield
    logging.getLogger("captured").handlers.clear()
    vars(logging.getLogger("captured")).pop("init", None)


def test_a_line_is_an_event_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.log("letter", letter_id=7, state="sent")

    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["letter_id"], line["state"]) == ("letter", 7, "sent")


def test_a_line_stays_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.warn("cache_away", trouble="a\nb\r\u2028c")

    assert len(capsys.readouterr().out.strip().split("\n")) == 1


def test_a_count_is_written_at_once_in_the_embedded_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.count("Letters", state="sent")

    line = json.loads(capsys.readouterr().out)
    assert line["Letters"] == [1]
    assert line["state"] == "sent"
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Kith/test"
