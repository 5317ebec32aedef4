import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kith import clock, settings


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "clock.json"
    monkeypatch.setenv("KITH_CLOCK_FILE", str(file))
    settings.settings.cache_clear()
    return file


def machine() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - to compare


def test_without_a_file_it_is_the_machines_time_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_file_moves_the_clock_and_it_runs_on_from_there(clock_file: Path) -> None:
    clock_file.write_text(json.dumps({"offset_seconds": 86_400}))

    before, now, after = machine(), clock.now(), machine()

    assert before <= now - timedelta(days=1) <= after


def test_a_file_can_stop_the_clock(clock_file: Path) -> None:
    clock_file.write_text(json.dumps({"frozen_at": "2027-02-28T12:00:00+00:00"}))

    assert clock.now() == clock.now() == datetime(2027, 2, 28, 12, tzinfo=UTC)


def test_a_file_that_is_not_there_moves_nothing(clock_file: Path) -> None:
    before, now, after = machine(), clock.now(), machine()

    assert before <= now <= after


def test_today_is_what_the_calendar_on_the_wall_says(clock_file: Path) -> None:
    then = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    clock_file.write_text(json.dumps({"frozen_at": then.isoformat()}))

    days = [
        clock.today(ZoneInfo(zone)).isoformat() for zone in ("Europe/Kyiv", "Pacific/Pago_Pago")
    ]

    assert days == ["2026-06-01", "2026-05-31"]


@pytest.mark.parametrize("name", ["UTC", "Europe/Kyiv", "America/Argentina/Ushuaia", "Etc/GMT+12"])
def test_a_zone_is_found_by_its_name_in_the_iana_database(name: str) -> None:
    assert clock.zone_named(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "localtime",
        "posixrules",
        "Factory",
        "right/UTC",
        "posix/UTC",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "a\0b",
        "Europe/Kyiv ",
    ],
)
def test_what_another_machine_would_read_otherwise_is_no_zone(name: str) -> None:
    with pytest.raises(LookupError):
        clock.zone_named(name)
