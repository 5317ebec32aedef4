"""What became of the reminders, through the door."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from kith.birthdays.models import ReminderLogEntry
from kith.mail.models import OutboxLetter
from tests.clock import FrozenClock
from tests.functions.birthdays.conftest import Client

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today(clock: FrozenClock) -> None:
    clock.set(NINE)


Facts = dict[str, Any]


def written(client: Client, contact_id: int, day: str, letter: Facts | None, **log: Any) -> None:
    when = {"occurrence": date.fromisoformat(day), "local_date": date.fromisoformat(day)}
    row = {"user_id": client.id, "contact_id": contact_id, "lead": 0, "mode": "daily", **when}
    letter_id = None if letter is None else put(client, f"{client.id}{day}{contact_id}", letter)
    client.connection.execute(
        insert(ReminderLogEntry).values(**row, letter_id=letter_id, planned_at=NINE, **log)
    )


def put(client: Client, key: str, letter: Facts) -> int | None:
    row = {"kind": "reminder_daily", "user_id": client.id, "key": key, **letter}
    times = {"not_before": NINE, "created_at": NINE, "done_at": NINE}
    statement = insert(OutboxLetter).values(**row, **times).returning(OutboxLetter.id)
    letter_id: int | None = client.connection.scalar(statement)
    return letter_id


def history(client: Client, **query: Any) -> Any:
    status, body, _ = client.request("GET", "/api/birthdays/reminders", query=query)
    assert status == 200, body
    return body


@pytest.mark.parametrize(
    ("letter", "log", "state", "reason"),
    [
        ({"state": "sent", "sent_to": "alice@example.com"}, {}, "sent", None),
        ({"state": "pending"}, {}, "planned", None),
        ({"state": "claimed"}, {}, "planned", None),
        ({"state": "unknown", "reason": "ReadTimeoutError"}, {}, "unknown", "ReadTimeoutError"),
        ({"state": "failed", "reason": "MessageRejected"}, {}, "failed", "MessageRejected"),
        ({"state": "dropped", "reason": "reminders_off"}, {}, "dropped", "reminders_off"),
        ({"state": "dropped", "reason": "expired"}, {}, "expired", None),
        ({"state": "sent"}, {"outcome": "muted"}, "dropped", "muted"),
        (None, {"outcome": "expired"}, "expired", None),
    ],
)
def test_it_tells_what_became_of_each(
    alice: Client, letter: dict[str, Any], log: dict[str, Any], state: str, reason: str
) -> None:
    grace = alice.add("Grace Hopper", "1906-05-17")
    written(alice, grace, "2027-05-17", letter, **log)

    [found] = history(alice)["items"]

    assert (found["state"], found["reason"], found["name"]) == (state, reason, "Grace Hopper")
    assert (found["sent_at"] is not None) == (state in {"sent", "unknown"})


def test_a_contact_that_is_gone_has_no_name(alice: Client) -> None:
    written(alice, 99, "2027-05-17", {"state": "sent"})

    assert history(alice)["items"][0]["name"] is None


def test_the_last_thirty_days_unless_asked_otherwise_the_latest_first(
    alice: Client,
) -> None:
    for n, day in enumerate(("2027-04-16", "2027-04-17", "2027-05-17", "2027-05-18")):
        written(alice, n, day, None, outcome="expired")

    def days(**query: Any) -> list[str]:
        return [each["local_date"] for each in history(alice, **query)["items"]]

    assert days() == ["2027-05-17", "2027-04-17"]
    assert days(to="2027-05-18", **{"from": "2027-05-18"}) == ["2027-05-18"]
    assert days(to="2027-04-16") == ["2027-04-16"]


def test_page_by_page_nothing_is_lost_or_told_twice(alice: Client) -> None:
    for n in range(7):
        written(alice, n, f"2027-05-{10 + n // 2}", None, outcome="expired")

    found, cursor = [], None
    while True:
        page = history(alice, limit=2, **({"cursor": cursor} if cursor else {}))
        found += [each["contact_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break

    assert found == [6, 5, 4, 3, 2, 1, 0]


def test_bob_learns_nothing_of_alice_s_reminders(alice: Client, bob: Client) -> None:
    written(alice, 1, "2027-05-17", None, outcome="expired")

    assert history(bob)["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2027-5-1"},
        {"from": "20270501"},
        {"to": "2027-02-30"},
        {"to": "today"},
        {"from": "2027-05-18"},
        {"cursor": "WyIyMDI3LTA1LTE3IiwgLTEsIDFd"},
        {"cursor": "WyJzb29uIiwgMSwgMV0"},
        {"cursor": "?"},
    ],
)
def test_what_makes_no_sense_is_refused_by_name(alice: Client, query: dict[str, str]) -> None:
    status, body, _ = alice.request("GET", "/api/birthdays/reminders", query=query)

    assert status == 422
    assert body["errors"][0]["pointer"] == f"/query/{next(iter(query))}"
