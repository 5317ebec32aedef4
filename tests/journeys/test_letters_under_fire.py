"""Letters while senders die: a stack of its own, in which workers are killed (`kill -9`)."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import boto3
import hypothesis
import pytest

from infra.local.stack.model import ACCOUNT_ID, REGION
from tests.journeys.people import Person
from tests.local_cloud import RunningCloud, cloud
from tests.waiting import wait_until

# `make test-all` kills as often as was promised, a hasty run a few times.
THOROUGH = hypothesis.settings().max_examples > 100
LETTERS, KILLS = (300, 30) if THOROUGH else (60, 5)
WAITING = 5_000 if THOROUGH else 500  # reminders, when somebody asks for another letter
CARDS = 500  # of a file
WORKERS, BATCH = 2, 10  # of the reminders' lane, by the template's defaults
POSTED_AGAIN = timedelta(minutes=20)
DAY = "2027-05-17"
FAULTS = "/_local/mail/faults"
REMINDERS = "/2015-03-31/functions/RemindersFunction/invocations"
GENEROUS = {
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": "100000",
    "KITH_CONTACTS_CREATED_PER_DAY": "100000",
}


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with cloud(tmp_path_factory.mktemp("fire"), environment=GENEROUS) as stack:
        yield stack


@pytest.fixture(scope="module")
def olena(own_stack: RunningCloud) -> Iterator[Person]:
    """Somebody with three hundred friends of the same day, who wants a letter for each."""
    with own_stack.client() as http:
        olena = Person.signed_up(http, "olena")
        import_friends(olena, LETTERS)
        yield olena


def import_friends(person: Person, number: int) -> None:
    """So many friends of the same day, each to be announced by a letter of their own."""
    wanted = {"reminders": {"mode": "per_contact"}}
    assert person.http.patch("/api/users/me", json=wanted).status_code == 200
    for first in range(0, number, CARDS):
        names = [f"Friend {n:04}" for n in range(first, min(first + CARDS, number))]
        cards = "".join(
            f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{name}\r\nN:;{name};;;\r\nBDAY:19900517\r\n"
            "END:VCARD\r\n"
            for name in names
        )
        answer = person.http.post(
            "/api/contacts/import", content=cards, headers={"content-type": "text/vcard"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["summary"]["created"] == len(names)


def tick(olena: Person, at: str) -> dict[str, Any]:
    """The planner at a moment, by a clock that says so too."""
    assert olena.http.put("/_local/clock", json={"now": at}).status_code == 200
    answer = olena.http.post(REMINDERS, json={"time": at})
    assert "x-amz-function-error" not in answer.headers, answer.text
    done: dict[str, Any] = answer.json()
    return done


def states(olena: Person, day: str = DAY) -> Counter[str]:
    olena.sign_in()
    query = {"from": day, "to": day, "limit": "500"}
    items = olena.http.get("/api/birthdays/reminders", params=query).json()["items"]
    return Counter(each["state"] for each in items)


def plan(olena: Person, at: datetime) -> None:
    """A tick, and its letters: the schedule, which sees the clock jump, may plan them first."""
    tick(olena, at.isoformat())
    day = at.date().isoformat()
    wait_until(lambda: states(olena, day).total() == LETTERS)


def kill_senders(stack: RunningCloud, at_most: int) -> int:
    """Kill workers that send letters, until that many are dead or the queue is drained."""
    killed = 0
    while killed < at_most:
        state = wait_until(lambda: drained_or_sending(stack))
        senders = busy_workers(state)
        if not senders:
            break
        with suppress(ProcessLookupError):
            os.kill(senders[0], signal.SIGKILL)
            killed += 1
    return killed


def drained_or_sending(stack: RunningCloud) -> dict[str, Any] | None:
    state = stack.state()
    return state if is_drained(state) or busy_workers(state) else None


def is_drained(state: dict[str, Any]) -> bool:
    """The queue has nothing to give at once."""
    return bool(state["queues"]["RemindersQueue"]["waiting"] == 0)


def busy_workers(state: dict[str, Any]) -> list[int]:
    workers = state["functions"]["LettersFunction"]["workers"]
    return [worker["pid"] for worker in workers if worker["state"] == "busy"]


def is_at_rest(state: dict[str, Any]) -> bool:
    return is_drained(state) and not busy_workers(state)


def lose_messages(stack: RunningCloud) -> None:
    """Once nothing is sent any more, the queue loses what dead senders held and what is delayed.

    SQS itself would show it again after minutes of its own time, for which no test waits.
    """
    wait_until(lambda: is_at_rest(stack.state()))
    address = f"http://{stack.state()['sqs']['address']}"
    sqs = boto3.client("sqs", endpoint_url=address, region_name=REGION)
    sqs.purge_queue(QueueUrl=f"{address}/{ACCOUNT_ID}/RemindersQueue")


def sent(olena: Person) -> Counter[str]:
    return Counter(each["subject"] for each in olena.letters() if "Friend" in each["subject"])


def test_killed_senders_lose_no_letter_and_send_none_twice(
    own_stack: RunningCloud, olena: Person
) -> None:
    began = datetime.fromisoformat(f"{DAY}T09:00:00+00:00")
    assert olena.http.put(FAULTS, json={"slow": True}).status_code == 200

    plan(olena, began)
    killed, later = kill_senders(own_stack, KILLS), began
    while states(olena)["planned"]:
        if killed == KILLS:
            olena.http.delete(FAULTS)
        lose_messages(own_stack)
        later += POSTED_AGAIN  # leases run out, and what the queue has lost is posted again
        tick(olena, later.isoformat())
        killed += kill_senders(own_stack, KILLS - killed)
        assert later < began + timedelta(hours=10), states(olena)

    ended, letters = states(olena), sent(olena)
    assert killed == KILLS
    assert set(letters.values()) == {1}
    assert ended["sent"] + ended["unknown"] == LETTERS
    assert ended["unknown"] <= killed
    assert ended["sent"] <= len(letters) <= LETTERS


def test_every_good_letter_arrives_once_through_a_bad_day_of_the_mail_service(
    own_stack: RunningCloud, olena: Person
) -> None:
    """30 % throttled, and for a while everything refused: then all is well."""
    later = datetime.fromisoformat("2028-05-17T09:00:00+00:00")
    olena.http.delete("/_local/mail")

    assert olena.http.put(FAULTS, json={"throttle": 0.3}).status_code == 200
    plan(olena, later)
    wait_until(lambda: len(sent(olena)) >= LETTERS // 4 or is_drained(own_stack.state()))
    olena.http.put(FAULTS, json={"refuse": True})
    wait_until(lambda: is_at_rest(own_stack.state()))
    olena.http.delete(FAULTS)

    while len(sent(olena)) < LETTERS:
        lose_messages(own_stack)
        later += POSTED_AGAIN
        tick(olena, later.isoformat())
        assert later.hour < 20, sent(olena)
    assert set(sent(olena).values()) == {1}


def kill_server(stack: RunningCloud, name: str) -> None:
    """Kill one of the servers, and wait until it serves again."""
    before = stack.state()[name]
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: is_back(stack, name, before["restarts"]))


def is_back(stack: RunningCloud, name: str, restarts: int) -> bool:
    found = stack.state()[name]
    return bool(found["restarts"] > restarts and found["state"] == "running")


@pytest.mark.parametrize(("server", "year"), [("postgres", 2029), ("sqs", 2030)])
def test_a_killed_server_loses_no_letter_and_sends_none_twice(
    own_stack: RunningCloud, olena: Person, server: str, year: int
) -> None:
    """The database dies while letters are marked, the queue with every message that it held."""
    day = f"{year}-05-17"
    later = datetime.fromisoformat(f"{day}T09:00:00+00:00")
    olena.http.delete("/_local/mail")

    plan(olena, later)
    wait_until(lambda: len(sent(olena)) > 0)
    kill_server(own_stack, server)
    while states(olena, day)["planned"]:
        lose_messages(own_stack)
        later += POSTED_AGAIN
        tick(olena, later.isoformat())
        assert later.hour < 20, states(olena, day)

    ended, letters = states(olena, day), sent(olena)
    assert set(letters.values()) == {1}
    assert ended["sent"] + ended["unknown"] == LETTERS
    assert ended["sent"] <= len(letters) <= LETTERS
    if server == "sqs":  # it holds messages only: nobody was interrupted while sending
        assert ended["sent"] == LETTERS


def test_a_letter_that_somebody_waits_for_overtakes_every_reminder(
    own_stack: RunningCloud,
) -> None:
    """Counted in letters: SES answers no reminder, so those handed over are one for each worker."""
    with own_stack.client() as http:
        olena = Person.signed_up(http, "many")
        import_friends(olena, WAITING)
        assert http.put(FAULTS, json={"hold_reminders": True}).status_code == 200
        tick(olena, "2031-05-17T09:00:00+00:00")
        wait_until(lambda: reminders_queue(own_stack)["waiting"] > WAITING * 0.8)

        with own_stack.client() as another:
            Person.signed_up(another, "newcomer")

        assert sent(olena) == {}
        queue = reminders_queue(own_stack)
        assert queue["in_flight"] <= WORKERS * BATCH
        assert queue["waiting"] > WAITING * 0.5
        http.delete(FAULTS)


def reminders_queue(stack: RunningCloud) -> dict[str, int]:
    depths: dict[str, int] = stack.state()["queues"]["RemindersQueue"]
    return depths
