import json
import logging
from collections.abc import Iterator
from io import StringIO
from logging import StreamHandler

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
    telemetry.log_warning("cache_away", trouble="a\nb\r\u2028c")

    assert len(written.getvalue().strip().split("\n")) == 1


def test_a_count_is_written_at_once_in_the_embedded_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.count_metric("Letters", state="sent")

    line = json.loads(capsys.readouterr().out)
    assert line["Letters"] == [1]
    assert line["state"] == "sent"
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Kith/test"
