"""Who is next, through the door: the agreed vectors, and a model that counts day by day."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from kith.calendar import birthday_key, keys_on
from tests.clients import send
from tests.clock import FrozenClock
from tests.functions.birthdays.conftest import Client


def names(page: Any) -> list[str]:
    return [each["first_name"] for each in page["items"]]


@pytest.mark.parametrize(
    ("today", "leap_day", "coming", "days", "turns"),
    [
        ("2027-02-28", "feb28", "2027-02-28", 0, 27),
        ("2027-02-28", "mar1", "2027-03-01", 1, 27),
        ("2027-03-01", "feb28", "2028-02-29", 365, 28),
        ("2027-03-01", "mar1", "2027-03-01", 0, 27),
        ("2028-02-28", "feb28", "2028-02-29", 1, 28),
        ("2028-02-28", "mar1", "2028-02-29", 1, 28),
        ("2028-03-01", "feb28", "2029-02-28", 364, 29),
        ("2028-03-01", "mar1", "2029-03-01", 365, 29),
        ("2100-02-28", "feb28", "2100-02-28", 0, 100),
        ("2100-02-28", "mar1", "2100-03-01", 1, 100),
    ],
)
def test_29_february_is_kept_on_the_day_that_the_user_chose(
    alice: Client,
    clock: FrozenClock,
    today: str,
    leap_day: str,
    coming: str,
    days: int,
    turns: int,
) -> None:
    alice.profile = {"leap_day": leap_day}
    alice.add("Leap", "2000-02-29")
    clock.set(f"{today}T12:00:00Z")

    [found] = alice.upcoming(days=366)["items"]

    shown = (found["next_birthday"], found["days_until_birthday"], found["turns"])
    assert shown == (coming, days, turns)


@pytest.mark.parametrize(
    ("zone", "today"),
    [
        ("Europe/Kyiv", "2026-06-01"),
        ("Pacific/Kiritimati", "2026-06-01"),
        ("America/Los_Angeles", "2026-05-31"),
        ("Pacific/Pago_Pago", "2026-05-31"),
    ],
)
def test_today_is_the_date_on_the_user_s_wall(
    alice: Client, clock: FrozenClock, zone: str, today: str
) -> None:
    clock.set("2026-05-31T22:30:00Z")
    alice.profile = {"time_zone": zone}

    of_profile = alice.upcoming()
    alice.profile = {}
    for_this_call = alice.upcoming(tz=zone)

    assert of_profile == for_this_call
    assert (of_profile["today"], of_profile["time_zone"]) == (today, zone)


def test_both_ends_are_in_and_the_year_turns(alice: Client, clock: FrozenClock) -> None:
    clock.set("2026-12-28T12:00:00Z")
    for day in ("12-27", "12-28", "12-31", "01-01", "01-04", "01-05"):
        alice.add(day, f"--{day}")

    page = alice.upcoming(days=7)

    assert names(page) == ["12-28", "12-31", "01-01", "01-04"]
    assert (page["from"], page["to"]) == ("2026-12-28", "2027-01-04")


def test_today_only(alice: Client, clock: FrozenClock) -> None:
    clock.set("2027-05-17T12:00:00Z")
    alice.add("Today", "--05-17")
    alice.add("Tomorrow", "--05-18")

    assert names(alice.upcoming(days=0)) == ["Today"]


def test_the_dead_and_the_trashed_are_left_out(alice: Client, clock: FrozenClock) -> None:
    clock.set("2027-05-17T12:00:00Z")
    alice.add("Dead", "1900-05-17", deceased=True)
    alice.add("Gone", "1900-05-17", deleted_at="2027-05-01T00:00:00Z")
    alice.add("Muted", "1990-05-17", muted=True)

    page = alice.upcoming()

    assert [(each["first_name"], each["turns"]) for each in page["items"]] == [("Muted", 37)]


def test_bob_sees_nobody_of_alice(alice: Client, bob: Client, clock: FrozenClock) -> None:
    clock.set("2027-05-17T12:00:00Z")
    alice.add("Grace", "1906-05-17")

    assert names(bob.upcoming(days=366)) == []


@pytest.mark.parametrize("leap_day", ["feb28", "mar1"])
@pytest.mark.parametrize("today", ["2027-02-27", "2027-03-01", "2028-02-29", "2026-12-31"])
def test_pages_and_days_agree_with_counting_day_by_day(
    alice: Client, clock: FrozenClock, today: str, leap_day: str
) -> None:
    chance = Random(today + leap_day)
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    born = [*chance.sample(days, 60), *[date(2024, 2, n) for n in (28, 29, 29)], date(2024, 3, 1)]
    people = {alice.add(f"P{n:02}", f"--{day:%m-%d}"): day for n, day in enumerate(born)}
    alice.profile = {"leap_day": leap_day}
    clock.set(f"{today}T12:00:00Z")

    for window in (0, 3, 60, 365, 366):
        expected = [
            (number, n)
            for n in range(window + 1)
            for number, day in people.items()
            if birthday_key(day.month, day.day)
            in keys_on(date.fromisoformat(today) + timedelta(days=n), leap_day)
        ]
        once = dict(reversed([(number, n) for number, n in expected]))
        assert dict(all_pages(alice, days=window, limit=7)) == once
        assert [number for number, _ in all_pages(alice, days=window, limit=7)] == list(
            dict.fromkeys(number for number, _ in expected)
        )


def all_pages(client: Client, **query: Any) -> list[tuple[int, int]]:
    found, cursor = [], None
    while True:
        page = client.upcoming(**query, **({"cursor": cursor} if cursor else {}))
        found += [(each["id"], each["days_until_birthday"]) for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_skip_and_limit(alice: Client, clock: FrozenClock) -> None:
    clock.set("2027-05-17T12:00:00Z")
    for n in range(5):
        alice.add(f"P{n}", f"--05-{17 + n}")

    status, page, headers = alice.request(
        "GET", "/api/contacts/upcoming_birthdays", query={"skip": 1, "limit": 2, "days": 10}
    )

    assert (status, names(page)) == (200, ["P1", "P2"])
    assert headers["link"].startswith("<http://127.0.0.1:8000/api/contacts/upcoming_birthdays?")
    assert "skip" not in headers["link"]


@pytest.mark.parametrize(
    "query",
    [
        {"days": -1},
        {"days": 367},
        {"days": "1_0"},
        {"days": "7.0"},
        {"limit": 0},
        {"limit": 501},
        {"skip": -1},
        {"tz": "Mars/Olympus"},
        {"tz": "../etc/passwd"},
        {"tz": "Europe"},
        {"tz": "a" * 65},
        {"cursor": "none"},
        {"cursor": "WyIyMDI3LTA1LTE3IiwgMSwgMV0"},
        {"cursor": "WyJzb29uIiwgImEiLCAxXQ"},
        {"cursor": "WyIyMDI3LTA1LTE3IiwgIlx1MDAwMCIsIDFd"},
        {"cursor": "WyIyMDI3LTA1LTE3IiwgIlx1ZDgwMCIsIDFd"},
    ],
)
def test_what_makes_no_sense_is_refused_by_name(alice: Client, query: dict[str, Any]) -> None:
    status, body, _ = alice.request("GET", "/api/contacts/upcoming_birthdays", query=query)

    assert status == 422
    assert body["errors"][0]["pointer"] == f"/query/{next(iter(query))}"


def test_nobody_without_a_session() -> None:
    status, body, _ = send(Client.handler, "GET", "/api/contacts/upcoming_birthdays")

    assert (status, body["code"]) == (401, "not_authenticated")
