"""`python -m infra.demo`: fill the local cloud that is running with the demo's address book.

Safe to run twice: who is there stays, and only birthdays that count from today move along. It
talks to loopback only and asks for ``/_local/state`` first, which no deployed stage has.
"""

import os
import re
import sys
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import httpx

from infra.demo.people import DemoContact, demo_contacts
from infra.local.configuration import DEFAULT_PORT

EMAIL, PASSWORD = "demo@example.com", "seven quiet herons"
PROFILE = {"username": "Olena", "time_zone": "Europe/Kyiv", "locale": "en"}
REMINDERS = "/2015-03-31/functions/RemindersFunction/invocations"


class DemoError(Exception):
    """The demo cannot be made; the message says why."""


def main() -> int:
    port = os.environ.get("PORT", str(DEFAULT_PORT))  # noqa: TID251 - a command's own argument
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        try:
            _require_local_cloud(http)
            _log_in(http)
            today = _today(http)
            created, moved = _fill(http, today)
            _send_reminders(http, today)
        except (DemoError, httpx.HTTPError) as error:
            print(f"The demo was not made: {error}", file=sys.stderr)
            return 1
        print(f"{created} contacts created, {moved} birthdays moved to this week.")
        print(f"Log in at {http.base_url}/docs with {EMAIL} and the password: {PASSWORD}")
        print(f"Letters: {http.base_url}/_local/mail")
    return 0


def _require_local_cloud(http: httpx.Client) -> None:
    try:
        found = http.get("/_local/state").status_code
    except httpx.ConnectError:
        raise DemoError(f"nothing runs at {http.base_url}; start it with `make run`.") from None
    if found != httpx.codes.OK:
        raise DemoError(f"{http.base_url} is no local cloud, and the demo is for nothing else.")


def _log_in(http: httpx.Client) -> None:
    """Sign up first where the account is not there yet."""
    answer = http.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
    if answer.status_code != httpx.codes.OK:
        _sign_up(http)
        answer = http.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
    _require(answer, "the login")
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    _require(http.patch("/api/users/me", json=PROFILE), "the profile")


def _sign_up(http: httpx.Client) -> None:
    body = {"email": EMAIL, "password": PASSWORD}
    answer = http.post("/api/auth/signup", json=body)
    if answer.status_code == httpx.codes.CONFLICT:
        http.post("/api/auth/verify/resend", json={"email": EMAIL})
    else:
        _require(answer, "the sign-up")
    token = _verification_token(http)
    _require(http.post("/api/auth/verify", json={"token": token}), "the verification")


def _verification_token(http: httpx.Client) -> str:
    """Out of the newest letter; the local cloud keeps what it sends."""
    for _ in range(300):
        letters = http.get("/_local/mail", params={"to": EMAIL}).json()["items"]
        tokens = [
            found[1]
            for letter in letters
            if (found := re.search(r"/verify-email\?token=(\S+)", letter["text"]))
        ]
        if tokens:
            return tokens[0]
        time.sleep(0.2)
    raise DemoError("no verification letter came.")


def _today(http: httpx.Client) -> date:
    """Today where Olena lives, by the clock of the local cloud."""
    now = datetime.fromisoformat(http.get("/_local/clock").json()["now"])
    return now.astimezone(ZoneInfo(PROFILE["time_zone"])).date()


def _fill(http: httpx.Client, today: date) -> tuple[int, int]:
    """Create who is missing and move the birthdays that count from today."""
    there = {_name(contact): contact for contact in _contacts(http)}
    created = moved = 0
    for contact in demo_contacts(today):
        known = there.get(_name(contact))
        if known is None:
            _require(http.post("/api/contacts", json=contact), "a contact")
            created += 1
        elif "birthday" in contact and known["birthday"] != contact["birthday"]:
            path, change = f"/api/contacts/{known['id']}", {"birthday": contact["birthday"]}
            _require(http.patch(path, json=change), "a birthday")
            moved += 1
    return created, moved


def _contacts(http: httpx.Client) -> list[dict[str, object]]:
    answer = http.get("/api/contacts", params={"limit": "500"})
    _require(answer, "the list of contacts")
    contacts: list[dict[str, object]] = answer.json()["items"]
    return contacts


def _name(contact: DemoContact | dict[str, object]) -> tuple[object, object]:
    return contact.get("first_name"), contact.get("last_name")


def _send_reminders(http: httpx.Client, today: date) -> None:
    """Run the planner as the schedule does, so that today's letter is in the mailbox."""
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=ZoneInfo(PROFILE["time_zone"]))
    _require(http.post(REMINDERS, json={"time": noon.isoformat()}), "the planner")


def _require(answer: httpx.Response, what: str) -> None:
    if answer.is_error:
        raise DemoError(f"{what} was answered with {answer.status_code}: {answer.text}")


if __name__ == "__main__":
    sys.exit(main())
