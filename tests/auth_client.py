"""A client of the auth function that keeps its tokens."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from functions.auth.app import handler
from kith.accounts.models import UserSession
from kith.accounts.tokens.access import verify_access_token
from kith.database.unit_of_work import Database
from kith.mail.ses import EmailMessage
from tests import events
from tests.clients import Response, answered
from tests.outbox import compose_pending_letters, token_in

PASSWORD = "seven quiet geese"


class AuthClient:
    """One person with one browser. After ``log_in`` every request is theirs."""

    def __init__(self, database: Database, *, origin: str = "203.0.113.9") -> None:
        self.database = database
        self.origin = origin
        self.device = ""
        self.access = ""
        self.refresh_token = ""

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> Response:
        """Past the gateway; the authorizer's identity is made of the access token."""
        if self.access and "identity" not in more:
            more["identity"] = self.identity()
        if self.device:
            more["headers"] = {"user-agent": self.device, **more.get("headers", {})}
        event = events.request(method, path, body=body, **more)
        event["requestContext"]["http"]["sourceIp"] = self.origin
        return answered(handler, event)

    def identity(self) -> dict[str, str]:
        """What the authorizer says, of an authentication as the session's row has it."""
        token = verify_access_token(self.access)
        row = select(UserSession.authenticated_at, UserSession.aal)
        with self.database.reading() as connection:
            found = connection.execute(row.where(UserSession.id == token.session_id)).one_or_none()
        at, aal = found or (None, 1)
        fresh = {"authenticated_at": str(int(at.timestamp()) if at else 0), "aal": str(aal)}
        return events.signed_in(token.user_id, token.session_id, **fresh)

    @property
    def user_id(self) -> UUID:
        return verify_access_token(self.access).user_id

    @property
    def session_id(self) -> UUID:
        return verify_access_token(self.access).session_id

    def sign_up(self, email: str = "alice@example.com", **more: Any) -> Response:
        body = {"email": email, "password": PASSWORD, **more}
        return self.request("POST", "/api/auth/signup", body)

    def verify(self, message: EmailMessage) -> Response:
        return self.request("POST", "/api/auth/verify", {"token": token_in(message)})

    def log_in(self, email: str = "alice@example.com", password: str = PASSWORD) -> Response:
        credentials = {"email": email, "password": password}
        return self.keep_tokens(self.request("POST", "/api/auth/login", credentials, identity=None))

    def refresh(self, token: str | None = None) -> Response:
        body = {"refresh_token": token or self.refresh_token}
        return self.keep_tokens(self.request("POST", "/api/auth/refresh", body, identity=None))

    def sign_up_and_log_in(self, email: str = "alice@example.com", **more: Any) -> "AuthClient":
        """Sign up, follow the letter's link, log in."""
        assert self.sign_up(email, **more).status == 201
        *_, letter = self.letters()
        assert self.verify(letter).status == 200
        assert self.log_in(email).status == 200
        return self

    def letters(self) -> list[EmailMessage]:
        """Every letter that waits, of whomever; they count as sent."""
        return compose_pending_letters(self.database)

    def keep_tokens(self, response: Response) -> Response:
        if response.status == 200:
            self.access = response.body["access_token"]
            self.refresh_token = response.body["refresh_token"]
        return response
