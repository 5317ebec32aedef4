"""What a client does with its session and its user's profile."""

import time

from tests.chaos.load import Load


async def refresh(load: Load) -> None:
    await load.client.refresh()


async def log_out(load: Load) -> None:
    """The next request signs in again."""
    await load.client.log_out()


async def try_ended(load: Load) -> None:
    await load.client.try_ended()


async def patch_profile(load: Load) -> None:
    if load.profile is None or not load.profile.is_known(time.monotonic()):
        return
    username = f"{load.book.owner} {load.rng.randrange(10**6)}"
    after = load.profile.state._replace(etag=None, notes=username)
    await load.write(load.profile, after, "PATCH", "/api/users/me", json={"username": username})
