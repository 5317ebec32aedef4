"""Letters while senders die: a stack of its own, in which workers are killed (`kill -9`)."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import hypothesis
import pytest

from tests.journeys.people import Person, eventually
from tests.journeys.stack import Stack, running

# `make test-all` kills as often as was promised, a hasty run a few times.
LETTERS, KILLS = (300, 30) if hypothesis.settings().max_examples > 100 else (60, 5)
TOLD_AGAIN = timedelta(minutes=20)
DAY = "2027-05-17"
REMINDERS = "/2015-03-31/functions/RemindersFunction/invocations"
GENEROUS = {
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": "100000",
    "KITH_CONTACTS_CREATED_PER_DAY": "100000",
}


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("fire"), **GENEROUS) as stack:
        yield stack


@pytest.fixture(scope="module")
def olena(own_stack: Stack) -> Iterator[Person]:
    """Somebody with three hundred friends of the same day, who wants a letter for each."""
    with own_stack.client() as http:
        olena = Person.who_signed_up(http, "olena")
        wish = {"reminders": {"mode": "per_contact"}}
        assert http.patch("/api/users/me", json=wish).status_code == 200
        cards = "".join(
            f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Friend {n:03}\r\nN:;Friend {n:03};;;\r\n"
            f"BDAY:19900517\r\nEND:VCARD\r\n"
            for n in range(LETTERS)
        )
        answer = http.post(
            "/api/contacts/import", content=cards, headers={"content-type": "text/vcard"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["summary"]["created"] == LETTERS
        yield olena


def tick(olena: Person, at: str) -> dict[str, Any]:
    """The planner at a moment, by a clock that says so too."""
    assert olena.http.put("/_local/clock", json={"now": at}).status_code == 200
    answer = olena.http.post(REMINDERS, json={"time": at})
    assert "x-amz-function-error" not in answer.headers, answer.text
    done: dict[str, Any] = answer.json()
    return done


def states(olena: Person) -> Counter[str]:
    olena.sign_in()
    query = {"from": DAY, "to": DAY, "limit": "500"}
    items = olena.http.get("/api/birthdays/reminders", params=query).json()["items"]
    return Counter(each["state"] for each in items)


def kill_senders(stack: Stack, times: int) -> int:
    """Kill a worker of the letters that is at work, so many times."""
    killed = 0
    until = time.monotonic() + 60
    while killed < times and time.monotonic() < until:
        workers = stack.state()["functions"]["LettersFunction"]["workers"]
        for pid in [each["pid"] for each in workers if each["state"] == "busy"]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        time.sleep(0.05)
    return killed


def drained(stack: Stack) -> None:
    """Wait until the queue has nothing to give; what a dead sender held stays with it."""
    eventually(lambda: stack.state()["queues"]["LettersQueue"]["waiting"] == 0, within=120)


def told(olena: Person) -> Counter[str]:
    return Counter(each["subject"] for each in olena.letters() if "Friend" in each["subject"])


def test_killed_senders_lose_no_letter_and_send_none_twice(own_stack: Stack, olena: Person) -> None:
    began = datetime.fromisoformat(f"{DAY}T09:00:00+00:00")

    assert tick(olena, began.isoformat())["planned"] == LETTERS
    killed, later = kill_senders(own_stack, KILLS), began
    while states(olena)["planned"]:
        drained(own_stack)
        later += TOLD_AGAIN  # leases run out, and what the queue lost or holds is told again
        tick(olena, later.isoformat())
        assert later < began + timedelta(hours=10), states(olena)

    ended, letters = states(olena), told(olena)
    assert killed >= KILLS
    assert set(letters.values()) == {1}
    assert ended["sent"] + ended["unknown"] == LETTERS
    assert ended["unknown"] <= killed
    assert ended["sent"] <= len(letters) <= LETTERS


def test_every_good_letter_arrives_once_through_a_bad_day_of_the_mail_service(
    own_stack: Stack, olena: Person
) -> None:
    """30 % throttled, and for a while everything refused: then all is well."""
    later = datetime.fromisoformat("2028-05-17T09:00:00+00:00")
    olena.http.delete("/_local/mail")
    faults = "/_local/mail/faults"

    assert olena.http.put(faults, json={"throttle": 0.3}).status_code == 200
    assert tick(olena, later.isoformat())["planned"] == LETTERS
    time.sleep(2)
    olena.http.put(faults, json={"refuse": True})
    time.sleep(2)
    olena.http.delete(faults)

    while len(told(olena)) < LETTERS:
        drained(own_stack)
        later += TOLD_AGAIN
        tick(olena, later.isoformat())
        assert later.hour < 20, told(olena)
    assert set(told(olena).values()) == {1}
