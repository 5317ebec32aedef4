import json

import pytest

from kith import telemetry


@pytest.fixture(autouse=True)
def _a_new_logger() -> None:
    telemetry._logger.cache_clear()


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
