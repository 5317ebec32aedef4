"""The Lambda authorizer in front of the protected routes, as an HTTP API asks it.

Without every identity source the answer is 401 and nothing runs. What the authorizer says may be
kept as long as the template allows; here that is usually not at all. A function that fails to
answer lets nobody in.
"""

import time
from collections import OrderedDict
from typing import Any

from infra.local.gateway.payloads import (
    Event,
    MalformedAnswer,
    authorizer_context,
    authorizer_payload,
)
from infra.local.lambdas.functions import Functions
from infra.local.stack.model import Authorizer

REMEMBERED_AT_MOST = 1000

Context = dict[str, Any]


class Unauthorized(Exception):
    """Nobody says who they are."""


class Denied(Exception):
    """The authorizer does not let this caller in."""


class AuthorizerFailed(Exception):
    """The authorizer gave no answer that can be understood."""


class Authorizers:
    """Asks authorizers, and caches their answers for as long as each allows."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._remembered: OrderedDict[tuple[str, ...], tuple[float, Context | None]] = OrderedDict()

    async def context(self, authorizer: Authorizer, event: Event) -> Context:
        """The caller. Raises `Unauthorized`, `Denied`, `AuthorizerFailed` and `Throttled`."""
        fields = event["headers"]
        identity = [fields.get(header, "") for header in authorizer.headers]
        if not all(identity):
            raise Unauthorized
        context = await self._ask(authorizer, event, identity)
        if context is None:
            raise Denied
        return context

    async def _ask(
        self, authorizer: Authorizer, event: Event, identity: list[str]
    ) -> Context | None:
        if not authorizer.cache_seconds:
            return await self._invoke(authorizer, event, identity)
        key = (authorizer.name, *identity)
        until, context = self._remembered.get(key, (0.0, None))
        if until <= time.monotonic():
            context = await self._invoke(authorizer, event, identity)
            self._remember(key, time.monotonic() + authorizer.cache_seconds, context)
        return context

    def _remember(self, key: tuple[str, ...], until: float, context: Context | None) -> None:
        self._remembered[key] = (until, context)
        self._remembered.move_to_end(key)
        if len(self._remembered) > REMEMBERED_AT_MOST:
            self._remembered.popitem(last=False)

    async def _invoke(
        self, authorizer: Authorizer, event: Event, identity: list[str]
    ) -> Context | None:
        invoked = await self._functions.invoke(
            authorizer.function, authorizer_payload(event, identity)
        )
        if invoked.error is not None:
            raise AuthorizerFailed("its function failed")
        try:
            return authorizer_context(invoked.payload)
        except MalformedAnswer as error:
            raise AuthorizerFailed(str(error)) from error
