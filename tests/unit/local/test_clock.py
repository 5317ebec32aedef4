"""The functions' clock and the times that people may set it to."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.clock import Clock, UnreadableTime, instant, machine_time, rfc3339
from kith import clock as functions_clock
from kith.settings import Settings


def test_without_a_file_it_is_the_machines_time(tmp_path: Path) -> None:
    assert abs(Clock(tmp_path / "clock.json").now() - machine_time()) < timedelta(seconds=1)


def test_it_runs_on_from_where_it_was_put(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock.json")

    clock.move_to(datetime(2027, 2, 28, 12, tzinfo=UTC))

    assert (
        timedelta(0) <= clock.now() - datetime(2027, 2, 28, 12, tzinfo=UTC) < timedelta(seconds=1)
    )


def test_the_functions_see_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(tmp_path / "clock.json")
    monkeypatch.setattr(
        functions_clock, "settings", lambda: Settings(stage="test", clock_file=clock.file)
    )

    clock.move_to(datetime(2031, 1, 1, tzinfo=UTC))

    assert abs(functions_clock.now() - clock.now()) < timedelta(seconds=1)


def test_it_can_follow_the_machine_again(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock.json")
    clock.move_to(datetime(2027, 2, 28, 12, tzinfo=UTC))

    clock.follow_the_machine()

    assert json.loads(clock.file.read_text()) == {"offset_seconds": 0.0}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2027-02-28T12:00:00Z", "2027-02-28T12:00:00.000Z"),
        ("2027-02-28t12:00:00z", "2027-02-28T12:00:00.000Z"),
        ("2027-02-28T14:00:00.25+02:00", "2027-02-28T12:00:00.250Z"),
        ("2028-02-29T00:00:00-11:30", "2028-02-29T11:30:00.000Z"),
    ],
)
def test_rfc_3339_is_understood(text: str, shown: str) -> None:
    assert rfc3339(instant(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-28",
        "2027-02-28T12:00:00",
        "2027-02-28 12:00",
        "2027-02-30T12:00:00Z",
        "2027-02-28T25:00:00Z",
        "20270228T120000Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "tomorrow",
        "",
        1771243200,
        None,
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(UnreadableTime):
        instant(text)
