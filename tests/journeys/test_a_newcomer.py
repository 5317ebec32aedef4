"""The journey of the README: from signing up to a letter on the morning of a birthday."""

from typing import Any

import httpx
import pytest

from tests.journeys.people import Person
from tests.local_cloud import RunningCloud
from tests.waiting import wait_until

IVAN = {
    "first_name": "Іван",
    "last_name": "Шевченко",
    "email": "ivan@example.com",
    "phone": "067 123 45 67",
    "birthday": "1990-05-17",
}
REMINDERS = "/2015-03-31/functions/RemindersFunction/invocations"


@pytest.fixture
def olena(stack: RunningCloud) -> Any:
    with stack.client() as http:
        yield Person.signed_up(http, "olena", time_zone="Europe/Kyiv", locale="uk")
        http.delete("/_local/clock")


def set_clock(http: httpx.Client, now: str) -> None:
    answer = http.put("/_local/clock", json={"now": now})
    assert answer.status_code == 200, answer.text


def test_from_signing_up_to_a_letter_on_the_morning_of_a_birthday(olena: Person) -> None:
    created = olena.create_contact(**IVAN)
    assert created["id"] == 1
    assert olena.http.get("/api/contacts/1").json()["phone"] == "+380671234567"
    assert olena.http.get("/api/contacts", params={"q": "shevchenko"}).json()["items"]

    set_clock(olena.http, "2027-05-15T09:00:00Z")
    olena.sign_in()
    coming = olena.http.get("/api/contacts/upcoming_birthdays").json()
    assert [(each["first_name"], each["turns"]) for each in coming["items"]] == [("Іван", 37)]

    set_clock(olena.http, "2027-05-17T06:00:30Z")
    for _ in range(3):
        answer = olena.http.post(REMINDERS, json={"time": "2027-05-17T06:00:00Z"})
        assert answer.status_code == 200
        assert "x-amz-function-error" not in answer.headers

    def reminders() -> list[dict[str, Any]]:
        return [each for each in olena.letters() if "Іван" in each["subject"]]

    assert len(wait_until(reminders)) == 1


def test_strangers_and_forgers_are_turned_away(alice: Person, bob: Person) -> None:
    contact = alice.create_contact(first_name="Grace", last_name="Hopper")
    where = f"/api/contacts/{contact['id']}"

    without = httpx.get(f"{alice.http.base_url}{where}")
    forged = httpx.get(
        f"{alice.http.base_url}{where}",
        headers={"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    )

    assert (without.status_code, without.json()) == (401, {"message": "Unauthorized"})
    assert (forged.status_code, forged.json()) == (403, {"message": "Forbidden"})
    assert bob.http.get(where).status_code == 404
    assert alice.http.get(where).status_code == 200
