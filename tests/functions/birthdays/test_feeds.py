"""Calendar feeds through the door, opened by a calendar library."""

from datetime import date
from typing import Any
from uuid import uuid4

import icalendar
import pytest
from sqlalchemy import update

from kith import settings as environment
from kith.accounts.models import User
from tests.clients import Response, send
from tests.clock import FrozenClock
from tests.functions.birthdays.conftest import Client


@pytest.fixture(autouse=True)
def today(clock: FrozenClock) -> None:
    clock.set("2026-11-21T12:00:00Z")


def made(client: Client) -> tuple[str, str]:
    """The id and the path of a new feed."""
    status, body, _ = client.request("POST", "/api/birthdays/feeds")
    assert status == 201, body
    return body["id"], body["url"].removeprefix("http://127.0.0.1:8000")


def events_of(text: str) -> list[dict[str, Any]]:
    calendar: Any = icalendar.Calendar.from_ical(text)
    return [
        {
            "summary": str(each["summary"]),
            "day": each["dtstart"].dt,
            "end": each["dtend"].dt,
            "uid": str(each["uid"]),
            "transparent": str(each["transp"]),
        }
        for each in calendar.walk("VEVENT")
    ]


def read(path: str, **headers: str) -> Response:
    return send(Client.handler, "GET", path, headers=headers)


def test_a_calendar_program_reads_this_year_and_the_next_two(alice: Client) -> None:
    alice.add("Grace Hopper", "1906-12-09")
    _, path = made(alice)

    status, text, headers = read(path)

    assert status == 200
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    found = events_of(text)
    assert [(each["day"], each["summary"]) for each in found] == [
        (date(2026, 12, 9), "Grace Hopper turns 120"),
        (date(2027, 12, 9), "Grace Hopper turns 121"),
        (date(2028, 12, 9), "Grace Hopper turns 122"),
    ]
    assert found[0]["end"] == date(2026, 12, 10)
    assert {each["transparent"] for each in found} == {"TRANSPARENT"}


@pytest.mark.parametrize(
    ("leap_day", "days"),
    [
        ("feb28", [date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]),
        ("mar1", [date(2026, 3, 1), date(2027, 3, 1), date(2028, 2, 29)]),
    ],
)
def test_29_february_is_on_the_day_that_the_user_chose(
    alice: Client, leap_day: str, days: list[date]
) -> None:
    alice.connection.execute(update(User).values(leap_day=leap_day))
    alice.add("Leap", "--02-29")
    _, path = made(alice)

    assert [each["day"] for each in events_of(read(path)[1])] == days


@pytest.mark.parametrize(
    ("locale", "year", "summary", "without"),
    [
        ("en", 2025, "Ivan turns 1", "Ivan’s birthday"),
        ("uk", 2025, "Ivan: виповнюється 1 рік", "Ivan: день народження"),
        ("uk", 2024, "Ivan: виповнюється 2 роки", "Ivan: день народження"),
        ("uk", 2015, "Ivan: виповнюється 11 років", "Ivan: день народження"),
        ("uk", 2005, "Ivan: виповнюється 21 рік", "Ivan: день народження"),
        ("pl", 2025, "Ivan kończy 1 rok", "Ivan: urodziny"),
        ("pl", 2022, "Ivan kończy 4 lata", "Ivan: urodziny"),
        ("pl", 2012, "Ivan kończy 14 lat", "Ivan: urodziny"),
        ("pl", 2005, "Ivan kończy 21 lat", "Ivan: urodziny"),
        ("pl", 2004, "Ivan kończy 22 lata", "Ivan: urodziny"),
    ],
)
def test_it_speaks_the_user_s_language(
    alice: Client, locale: str, year: int, summary: str, without: str
) -> None:
    alice.connection.execute(update(User).values(locale=locale))
    alice.add("Ivan", f"{year}-12-09")
    alice.add("Ivan", "--12-10")
    _, path = made(alice)

    found = events_of(read(path)[1])

    assert (found[0]["summary"], found[3]["summary"]) == (summary, without)


def test_ids_stay_when_everything_else_changes(alice: Client) -> None:
    alice.add("Grace", "1906-12-09")
    _, path = made(alice)
    before = [each["uid"] for each in events_of(read(path)[1])]

    alice.change(first_name="Rear Admiral", birth_day=10)
    _, other = made(alice)

    assert [each["uid"] for each in events_of(read(other)[1])] == before
    assert len(set(before)) == 3


def test_names_cannot_break_out_of_their_line(alice: Client) -> None:
    name = "Ünïcödé;,\\n " + "дуже довге ім’я " * 8 + "END:VEVENT"
    alice.add("x", "1906-12-09")
    alice.change(first_name=name, extra={"nickname": name + "\r\nATTENDEE:mailto:x@example.com"})
    _, path = made(alice)

    text = read(path)[1]

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\nATTENDEE" not in text
    assert events_of(text)[0]["summary"].startswith("Ünïcödé;,\\n дуже")


def test_the_dead_the_trashed_and_the_unborn_are_not_in_it(alice: Client) -> None:
    alice.add("Dead", "1906-12-09", deceased=True)
    alice.add("Gone", "1906-12-09", deleted_at="2026-11-20T00:00:00Z")
    alice.add("Born", "2026-11-20")
    _, path = made(alice)

    assert [each["summary"] for each in events_of(read(path)[1])] == [
        "Born’s birthday",
        "Born turns 1",
        "Born turns 2",
    ]


def test_what_has_not_changed_is_not_sent_again(alice: Client, clock: FrozenClock) -> None:
    alice.add("Grace", "1906-12-09")
    _, path = made(alice)
    _, _, headers = read(path)

    again = read(path, **{"If-None-Match": f'"other", W/{headers["etag"]}'})
    assert (again[0], again[1], again[2]["etag"]) == (304, "", headers["etag"])

    alice.change(muted=True, version=2)
    changed = read(path, **{"If-None-Match": headers["etag"]})
    assert changed[0] == 200

    clock.set("2027-01-01T12:00:00Z")
    assert read(path, **{"If-None-Match": changed[2]["etag"]})[0] == 200


@pytest.mark.parametrize(
    ("accepted", "squeezed"),
    [("gzip, deflate", True), ("br;q=1, gzip;q=0.5", True), ("gzip;q=0", False), ("br", False)],
)
def test_it_is_compressed_for_who_can_read_that(
    alice: Client, accepted: str, squeezed: object
) -> None:
    alice.add("Grace", "1906-12-09")
    _, path = made(alice)

    _, body, headers = read(path, **{"Accept-Encoding": accepted})

    assert (headers.get("content-encoding") == "gzip") is squeezed
    assert body.startswith("BEGIN:VCALENDAR\r\n")
    assert body.endswith("END:VCALENDAR\r\n")


def test_an_address_is_shown_once_listed_without_its_secret_and_revoked(
    alice: Client,
) -> None:
    feed_id, path = made(alice)

    _, listed, _ = alice.request("GET", "/api/birthdays/feeds")
    assert [sorted(each) for each in listed["items"]] == [["created_at", "id", "last_read_on"]]

    assert alice.request("DELETE", f"/api/birthdays/feeds/{feed_id}")[0] == 204
    status, body, _ = read(path)
    assert (status, body["code"]) == (404, "feed_not_found")
    assert alice.request("DELETE", f"/api/birthdays/feeds/{feed_id}")[0] == 404


def test_there_are_five_at_most(alice: Client) -> None:
    (first, _), *_ = [made(alice) for _ in range(5)]

    status, body, _ = alice.request("POST", "/api/birthdays/feeds")
    assert (status, body["code"]) == (409, "too_many_feeds")

    alice.request("DELETE", f"/api/birthdays/feeds/{first}")
    assert alice.request("POST", "/api/birthdays/feeds")[0] == 201


def test_bob_cannot_see_or_revoke_alice_s_address(alice: Client, bob: Client) -> None:
    feed_id, path = made(alice)

    assert bob.request("GET", "/api/birthdays/feeds")[1] == {"items": []}
    assert bob.request("DELETE", f"/api/birthdays/feeds/{feed_id}")[0] == 404
    assert read(path)[0] == 200


@pytest.mark.parametrize("token", ["x", "x" * 43, "..%2F", "é", "x" * 101])
def test_a_wrong_address_is_not_found(token: str, alice: Client) -> None:
    status, body, _ = read(f"/feeds/{token}.ics")

    assert status in {404, 422}
    assert body["code"] in {"feed_not_found", "not_found", "invalid"}


def test_an_id_that_is_none_is_refused(alice: Client) -> None:
    assert alice.request("DELETE", "/api/birthdays/feeds/1")[0] == 422
    assert alice.request("DELETE", f"/api/birthdays/feeds/{uuid4()}")[0] == 404


def feed_of(client: Client) -> dict[str, Any]:
    _, body, _ = client.request("GET", "/api/birthdays/feeds")
    [feed] = body["items"]
    return dict(feed)


def test_a_feed_says_on_which_day_it_was_last_read(alice: Client, clock: FrozenClock) -> None:
    _, path = made(alice)
    never = feed_of(alice)["last_read_on"]

    read(path)
    first = feed_of(alice)["last_read_on"]
    clock.set("2026-11-23T12:00:00Z")
    read(path)

    assert (never, first) == (None, "2026-11-21")
    assert feed_of(alice)["last_read_on"] == "2026-11-23"


def test_a_feed_can_be_read_so_often_an_hour_and_others_do_not_count(
    alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_FEED_REQUESTS_PER_HOUR", "2")
    environment.settings.cache_clear()
    _, path = made(alice)
    _, other = made(bob)

    statuses = [read(path).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert read(other).status == 200
