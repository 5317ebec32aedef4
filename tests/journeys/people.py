"""People, and what they do over HTTP, with nothing but the public API."""

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.waiting import wait_until

PASSWORD: Final = "seven quiet herons"


@dataclass
class Person:
    """Somebody with an account; ``http`` is their own connection, signed in."""

    http: httpx.Client
    email: str
    tokens: dict[str, Any]

    @classmethod
    def signed_up(cls, http: httpx.Client, name: str, **profile: Any) -> "Person":
        """Sign up, follow the letter, sign in."""
        email = f"{name}-{uuid4().hex[:12]}@example.com"
        body = {"email": email, "password": PASSWORD, **profile}
        assert http.post("/api/auth/signup", json=body).status_code == 201
        token = token_in(letter_to(http, email))
        assert http.post("/api/auth/verify", json={"token": token}).status_code == 200
        person = cls(http, email, {})
        person.sign_in()
        return person

    def sign_in(self, password: str = PASSWORD) -> None:
        body = {"email": self.email, "password": password}
        answer = self.http.post("/api/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        self.http.headers["authorization"] = f"Bearer {self.tokens['access_token']}"

    def create_contact(self, **contact: Any) -> dict[str, Any]:
        answer = self.http.post("/api/contacts", json=contact)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def letters(self) -> list[dict[str, Any]]:
        return letters_to(self.http, self.email)


def letters_to(http: httpx.Client, email: str) -> list[dict[str, Any]]:
    """All letters to an address, in the order in which they were accepted."""
    items: list[dict[str, Any]] = http.get("/_local/mail", params={"to": email}).json()["items"]
    return sorted(items, key=lambda each: each["sent_at"])


def letter_to(http: httpx.Client, email: str, number: int = 1) -> dict[str, Any]:
    """The letter to an address with that number, once it is there."""
    return wait_until(lambda: letters_to(http, email)[number - 1 :])[0]


def token_in(letter: dict[str, Any]) -> str:
    found = re.search(r"token=([\w.~-]+)", letter["text"])
    assert found, letter["text"]
    return found[1]
