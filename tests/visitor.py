"""Somebody at the auth door: sends events, and carries the tokens that came back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from functions.auth.app import handler
from kith.accounts.tokens.access import verify_access_token
from kith.database.unit_of_work import Database
from kith.mail.ses import EmailMessage
from tests.events import json_of, request, signed_in
from tests.mailroom import open_letters, token_in

PASSWORD = "seven quiet geese"
Answer = dict[str, Any]


class Visitor:
    """One person with one browser. After ``log_in`` every request is theirs."""

    def __init__(self, database: Database, *, origin: str = "203.0.113.9") -> None:
        self.database = database
        self.origin = origin
        self.access = ""
        self.refresh_token = ""

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """Straight to the door; the authorizer's word is made of the access token."""
        if self.access and "identity" not in more:
            more["identity"] = self.identity()
        event = request(method, path, body=body, **more)
        event["requestContext"]["http"]["sourceIp"] = self.origin
        return handler(event, None)

    def identity(self) -> dict[str, str]:
        token = verify_access_token(self.access)
        return signed_in(token.user_id, token.session_id)

    @property
    def user_id(self) -> UUID:
        return verify_access_token(self.access).user_id

    @property
    def session_id(self) -> UUID:
        return verify_access_token(self.access).session_id

    def sign_up(self, email: str = "alice@example.com", **more: Any) -> Answer:
        body = {"email": email, "password": PASSWORD, **more}
        return self.send("POST", "/api/auth/signup", body)

    def verify(self, message: EmailMessage) -> Answer:
        return self.send("POST", "/api/auth/verify", {"token": token_in(message)})

    def log_in(self, email: str = "alice@example.com", password: str = PASSWORD) -> Answer:
        answer = self.send(
            "POST", "/api/auth/login", {"email": email, "password": password}, identity=None
        )
        if answer["statusCode"] == 200:
            self._carry(json_of(answer))
        return answer

    def refresh(self, token: str | None = None) -> Answer:
        body = {"refresh_token": token or self.refresh_token}
        answer = self.send("POST", "/api/auth/refresh", body, identity=None)
        if answer["statusCode"] == 200:
            self._carry(json_of(answer))
        return answer

    def settle(self, email: str = "alice@example.com", **more: Any) -> "Visitor":
        """Sign up, answer the letter, log in."""
        assert self.sign_up(email, **more)["statusCode"] == 201
        (letter,) = open_letters(self.database)
        assert self.verify(letter)["statusCode"] == 200
        assert self.log_in(email)["statusCode"] == 200
        return self

    def letters(self) -> list[EmailMessage]:
        return open_letters(self.database)

    def _carry(self, pair: Mapping[str, Any]) -> None:
        self.access = pair["access_token"]
        self.refresh_token = pair["refresh_token"]
