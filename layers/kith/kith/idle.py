"""Idle connections: what slept may be dead without knowing it.

A frozen Lambda environment does not see that a connection was closed, and a network between forgets
flows that nobody uses, silently. So a connection that was last used longer ago than the settings
say is not trusted: where the protocol has a cheap question it is asked (PostgreSQL's Sync, Redis'
PING), else another connection is made (HTTP). One rule for all clients; each has its own timer.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kith import clock
from kith.settings import settings

if TYPE_CHECKING:
    from botocore.client import BaseClient


class IdleTimer:
    """Knows when something was last used, by the wall clock: a frozen process has no other."""

    def __init__(self, seconds: Callable[[], float] = lambda: clock.now().timestamp()) -> None:
        self._seconds = seconds
        self._used_at = seconds()

    def touch(self) -> None:
        """It is used now."""
        self._used_at = self._seconds()

    def has_slept(self) -> bool:
        """Whether it was last used too long ago to be trusted; later than now is no better."""
        idle = abs(self._seconds() - self._used_at)
        return idle >= settings().connection_idle.total_seconds()


def close_when_idle(client: "BaseClient") -> "BaseClient":
    """Let a client of botocore make another connection for a call after it has slept."""
    timer = IdleTimer()

    def refresh(**_: object) -> None:
        if timer.has_slept():
            client.close()  # its connections only: it goes on
        timer.touch()

    client.meta.events.register("before-send", refresh)
    return client
