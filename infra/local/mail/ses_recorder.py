"""The recorder in front of moto's SES: what was accepted is kept whole; faults on request.

moto keeps the subject and one body of a letter, no headers and no second body. So the recorder
reads each request that sends a letter, hands it on, and keeps the letter when SES accepted it.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from infra.local.clock import Clock, rfc3339
from infra.local.mail.mailbox import Mailbox
from infra.local.mail.ses_requests import Form, form_of

HAND_ON_WITHIN_S = 8.0  # a sender waits ten seconds for an answer
AGAIN_AFTER_S = 0.05
SLOW_S = 1.0
REMINDERS_SET = "reminders"  # the configuration set of their lane
HANG_UP = "kith.hang_up"
_NOT_HANDED_ON = {"host", "content-length", "connection"}
_NOT_HANDED_BACK = {"content-length", "connection", "content-encoding", "transfer-encoding"}


@dataclass(frozen=True)
class Faults:
    """How SES misbehaves on request; each is the share of letters that it happens to, 0 to 1.

    throttle: 429, come back later; refuse: sending is paused; reject: this letter never;
    swallow: accepted, and then the connection ends without an answer; slow: a second later, half of
    it before SES is asked and half after; hold_reminders: a reminder gets no answer until another
    fault or none is asked for, and then 429.
    """

    throttle: float = 0.0
    refuse: float = 0.0
    reject: float = 0.0
    swallow: float = 0.0
    slow: float = 0.0
    hold_reminders: float = 0.0

    @classmethod
    def asked_for(cls, rates: object) -> "Faults":
        """Out of JSON; `true` is every letter.

        Raises:
            ValueError: that is no fault, or no share; the message says so.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(rates, dict) or not set(rates) <= names:
            raise ValueError(f"expected an object with any of {', '.join(sorted(names))}")
        return cls(**{name: _share(name, share) for name, share in rates.items()})

    def shown(self) -> dict[str, float]:
        return asdict(self)


class Recorder:
    """The ASGI app. `upstream` gives SES's address, as soon as SES serves."""

    def __init__(
        self, mailbox: Mailbox, clock: Clock, upstream: Callable[[], Awaitable[str]]
    ) -> None:
        self._faults, self._changed = Faults(), asyncio.Event()
        self._mailbox = mailbox
        self._clock = clock
        self._upstream = upstream
        self._http = httpx.AsyncClient(timeout=HAND_ON_WITHIN_S)

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._changed.set()
        self._changed = asyncio.Event()

    async def close(self) -> None:
        await self._http.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        form = form_of(request.url.path, request.headers, body)
        respond = await self._take(request, body, form) if form else await self._pass(request, body)
        await respond(scope, receive, send)

    async def _take(self, request: Request, body: bytes, form: Form) -> ASGIApp:
        faults = self.faults
        for name in ("throttle", "refuse", "reject"):
            if _strikes(getattr(faults, name)):
                return form.refusal(name)
        if _is_reminder(form) and _strikes(faults.hold_reminders):
            await self._changed.wait()
            return form.refusal("throttle")
        pause_s = SLOW_S / 2 if _strikes(faults.slow) else 0.0
        await asyncio.sleep(pause_s)
        answer = await self._handed_on(request, body)
        await asyncio.sleep(pause_s)
        if answer is None:
            return form.refusal("throttle")
        if answer.is_success:
            self._keep(form, answer)
            if _strikes(faults.swallow):
                return _hang_up
        return _handed_back(answer)

    async def _pass(self, request: Request, body: bytes) -> ASGIApp:
        answer = await self._handed_on(request, body)
        return _handed_back(answer) if answer else JSONResponse({"message": "starting"}, 503)

    def _keep(self, form: Form, answer: httpx.Response) -> None:
        sent_at = rfc3339(self._clock.now())
        self._mailbox.keep(form.letter(form.message_id(answer), sent_at))

    async def _handed_on(self, request: Request, body: bytes) -> httpx.Response | None:
        """SES's answer. One that died while it was asked has forgotten the letter: ask again."""
        headers = _kept(request.headers, _NOT_HANDED_ON)
        deadline = time.monotonic() + HAND_ON_WITHIN_S
        while (left := deadline - time.monotonic()) > 0:
            try:
                upstream = await asyncio.wait_for(self._upstream(), left)
                url = upstream + request.url.path
                return await self._http.request(
                    request.method, url, params=request.url.query, content=body, headers=headers
                )
            except (httpx.TransportError, TimeoutError):
                await asyncio.sleep(AGAIN_AFTER_S)
        return None


class Protocol(H11Protocol):
    """HTTP whose app may end the connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        answering = self.app

        async def with_hang_up(scope: Any, receive: Any, send: Any) -> None:
            await answering({**scope, HANG_UP: transport.abort}, receive, send)

        self.app = with_hang_up


async def _hang_up(scope: Scope, receive: Receive, _: Send) -> None:
    scope[HANG_UP]()
    await receive()  # until uvicorn knows that nobody listens any more


def _share(name: str, share: object) -> float:
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"{name} must be true, false or a share from 0 to 1")
    return float(share)


def _is_reminder(form: Form) -> bool:
    return form.letter("", "").configuration_set == REMINDERS_SET


def _strikes(share: float) -> bool:
    return random.random() < share  # noqa: S311 - bad luck, no secret


def _kept(headers: Mapping[str, str], without: set[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in without}


def _handed_back(answer: httpx.Response) -> Response:
    return Response(answer.content, answer.status_code, _kept(answer.headers, _NOT_HANDED_BACK))
