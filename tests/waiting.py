"""Waiting for what other processes do: until it holds, however slow the machine is.

No test measures time; the ceiling is there only so that a hang ends.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

HANG_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 0.02

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found | None]) -> Found:
    """What the condition gives, as soon as it is true."""
    deadline = time.monotonic() + HANG_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(_LOOK_SECONDS)
    return found


async def async_wait_until(condition: Callable[[], Found | None]) -> Found:
    """As `wait_until`, while the event loop goes on."""
    deadline = time.monotonic() + HANG_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(_LOOK_SECONDS)
    return found
