"""A newcomer's way through `sam local start-api`: authorizer, PostgreSQL, Redis, SQS and SES."""

import re
import time
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx

from kith.clock import now
from tests.sam.conftest import Served

EMAIL, PASSWORD = "ivan.friend@example.com", "correct horse battery staple"
A_LETTER_TAKES_S = 90
CONTACT = {
    "first_name": "Іван",
    "last_name": "Шевченко",
    "email": "ivan@example.com",
    "phone": "067 123 45 67",
}


def test_a_newcomer_signs_up_and_sees_whose_birthday_is_next(served: Served) -> None:
    with httpx.Client(base_url=served.address, timeout=60) as client:
        signed_up = client.post("/api/auth/signup", json={"email": EMAIL, "password": PASSWORD})
        assert signed_up.status_code == 201
        verified = client.post("/api/auth/verify", json={"token": token_in_letter(served)})
        assert verified.json()["verified"] is True
        tokens = client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"

        keep_a_contact(client)
        strangers_stay_outside(served)

        assert client.post("/api/auth/logout").status_code == 204
        assert client.get("/api/contacts/1").json()["code"] == "session_revoked"


def keep_a_contact(client: httpx.Client) -> None:
    birthday = now().date() + timedelta(days=2)
    created = client.post("/api/contacts", json=CONTACT | {"birthday": f"1990-{birthday:%m-%d}"})
    assert created.status_code == 201
    assert client.get("/api/contacts/1").json()["last_name"] == "Шевченко"
    upcoming: dict[str, Any] = client.get("/api/contacts/upcoming_birthdays").json()
    (item,) = upcoming["items"]
    assert (item["first_name"], item["days_until_birthday"]) == ("Іван", 2)
    assert item["turns"] == birthday.year - 1990


def strangers_stay_outside(served: Served) -> None:
    contacts = f"{served.address}/api/contacts"
    assert httpx.get(contacts, timeout=60).status_code == 401
    forged = {"Authorization": "Bearer not.ours.atall"}
    assert httpx.get(contacts, headers=forged, timeout=60).status_code == 403


def token_in_letter(served: Served) -> str:
    """Out of the link in the letter, which travels outbox → SQS → letters → SES."""
    for _ in range(A_LETTER_TAKES_S):
        for body in served.bodies(EMAIL):
            if found := re.search(r"/verify-email\?token=([^\"&<\s]+)", body):
                return unquote(found[1])
        time.sleep(1)
    raise AssertionError("no letter arrived")
