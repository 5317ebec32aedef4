"""`make demo` fills the local cloud, as often as somebody likes."""

from urllib.parse import urlsplit

import pytest

from infra.demo.__main__ import EMAIL, PASSWORD, main
from tests.journeys.people import letters_to
from tests.local_cloud import RunningCloud
from tests.waiting import wait_until


def test_the_demo_fills_the_local_cloud_and_twice_is_once(
    stack: RunningCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stack.client() as http:
        monkeypatch.setenv("PORT", str(urlsplit(str(http.base_url)).port))

        assert main() == 0
        assert "60 contacts created" in capsys.readouterr().out
        assert main() == 0
        assert "0 contacts created, 0 birthdays moved to this week.\nLog in" in (
            printed := capsys.readouterr().out
        )
        assert EMAIL in printed
        assert PASSWORD in printed

        def reminders() -> list[str]:
            subjects = [letter["subject"] for letter in letters_to(http, EMAIL)]
            return [subject for subject in subjects if "Ewa Nowak" in subject]

        assert len(wait_until(reminders)) == 1


def test_the_demo_says_what_to_do_when_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "9")

    assert main() == 1
    assert "start it with `make run`" in capsys.readouterr().err
