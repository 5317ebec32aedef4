"""One client of the API: its own session, one request at a time."""

import base64
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx

from tests.chaos.answers import Answer, Violation
from tests.chaos.journal import Journal

ANSWER_WITHIN_S: Final = 40.0  # the gateway answers within 30
# How long a logged-out access token may count: its session is remembered for 5 seconds.
REVOKED_WITHIN_S: Final = 8.0
REFRESH_GRACE_S: Final = 9.0  # a second less than the server's


@dataclass(frozen=True)
class Account:
    """A user; `mark` is in everything that belongs to them."""

    mark: str
    id: str
    email: str
    password: str


@dataclass
class Session:
    access_token: str
    refresh_token: str
    ended_at: float = 0.0


@dataclass
class Client:
    """Sends requests as one user; what comes back is recorded."""

    http: httpx.AsyncClient
    account: Account
    journal: Journal
    session: Session | None = None
    ended: list[Session] = field(default_factory=list)

    async def send(
        self,
        method: str,
        route: str,
        *,
        session: Session | None = None,
        headers: dict[str, str] | None = None,
        **request: Any,
    ) -> Answer:
        """One request; `{names}` of the route are filled from `path`, the rest is for httpx."""
        url = route.format(**request.pop("path", {}))
        bearer = {"authorization": f"Bearer {session.access_token}"} if session else {}
        sent_at = time.monotonic()
        try:
            response = await self.http.request(
                method, url, headers=bearer | (headers or {}), timeout=ANSWER_WITHIN_S, **request
            )
        except httpx.HTTPError:
            answer = Answer(method, route, None)
        else:
            answer = Answer(method, route, response.status_code, response.content, response.headers)
        answer = replace(answer, sent_at=sent_at, answered_at=time.monotonic())
        return self.journal.record(answer, self.account.mark)

    async def ask(self, method: str, route: str, **request: Any) -> Answer:
        """A request of a signed-in user; signs in first where there is no session."""
        if self.session is None:
            refused = await self.log_in()
            if refused:
                return refused
        answer = await self.send(method, route, session=self.session, **request)
        if answer.status in {401, 403}:
            self._session_refused(answer)
        return answer

    def _session_refused(self, answer: Answer) -> None:
        self.session = None
        if self.journal.trusts_sessions(answer.sent_at):
            self.report(Violation.LOST, f"the session of {answer.method} {answer.route}", answer)

    def report(self, broken: Violation, about: str, answer: Answer) -> None:
        self.journal.report(broken, f"{about} ({answer.status} {answer.code}".strip() + ")")

    async def log_in(self) -> Answer | None:
        """Begin a session; what it was answered if there is none."""
        credentials = {"email": self.account.email, "password": self.account.password}
        answer = await self.send("POST", "/api/auth/login", json=credentials)
        if answer.succeeded:
            self.session = self._session_of(answer)
            return None
        if not answer.unknown and answer.status != 429:
            self.report(Violation.LOST, "the account", answer)
        return answer

    async def refresh(self) -> None:
        """Turn the refresh token over; a lost answer is asked for again, which must be the same."""
        if self.session is None:
            return
        spent, self.session = self.session, None
        began = time.monotonic()
        first = await self._refreshed(spent, began)
        again = await self._refreshed(spent, began)
        pairs = [self._session_of(each) for each in (first, again) if each.succeeded]
        if len({each.refresh_token for each in pairs}) > 1 and again.trusted:
            self.report(Violation.TWICE, "two successors of one refresh token", again)
        self.session = pairs[0] if pairs else None

    async def _refreshed(self, spent: Session, began: float) -> Answer:
        body = {"refresh_token": spent.refresh_token}
        answer = await self.send("POST", "/api/auth/refresh", json=body)
        in_grace = answer.answered_at - began < REFRESH_GRACE_S
        if in_grace and not answer.succeeded and not answer.unknown:
            self.report(Violation.LOST, "a refresh token that was not spent", answer)
        return answer

    async def log_out(self) -> None:
        if self.session is None:
            return
        left, self.session = self.session, None
        answer = await self.send("POST", "/api/auth/logout", session=left)
        if answer.acknowledged:
            left.ended_at = answer.answered_at
            self.ended.append(left)

    async def try_ended(self) -> None:
        """Nothing that was logged out counts any more."""
        now = time.monotonic()
        over = [each for each in self.ended if now > each.ended_at + REVOKED_WITHIN_S]
        for session in over[-1:]:
            me = await self.send("GET", "/api/users/me", session=session)
            body = {"refresh_token": session.refresh_token}
            pair = await self.send("POST", "/api/auth/refresh", json=body)
            for answer in (me, pair):
                if answer.acknowledged:
                    after = f"{answer.sent_at - session.ended_at:.1f} s after it was logged out"
                    about = f"{answer.method} {answer.route} {after}"
                    self.report(Violation.REVIVED, about, answer)

    def _session_of(self, answer: Answer) -> Session:
        pair = answer.json() or {}
        session = Session(pair.get("access_token", ""), pair.get("refresh_token", ""))
        subject = _subject(session.access_token)
        if subject != self.account.id and (answer.trusted or subject in self.journal.user_ids):
            self.report(Violation.FOREIGN, "tokens of somebody else", answer)
        return session


def _subject(access_token: str) -> str:
    """Whose token it is, as its second part says."""
    _, _, rest = access_token.partition(".")
    claims = rest.partition(".")[0]
    try:
        return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"])
    except (ValueError, KeyError):
        return ""
