"""Which operations there are, how often each is chosen, and all clients at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from tests.chaos import account_operations as accounts
from tests.chaos import contact_operations as contacts
from tests.chaos import many_operations as many
from tests.chaos import reading
from tests.chaos.load import Load, Operation

OPERATIONS: Final[Mapping[Operation, int]] = {
    contacts.create: 16,
    contacts.retry: 4,
    contacts.repeat: 3,
    contacts.patch: 10,
    contacts.put: 4,
    contacts.delete: 5,
    contacts.restore: 4,
    contacts.purge: 2,
    contacts.tag: 6,
    contacts.phone: 6,
    many.import_file: 1,
    many.merge: 2,
    many.undo: 2,
    reading.read: 10,
    reading.read_all: 5,
    reading.read_trash: 2,
    reading.search: 6,
    reading.upcoming: 3,
    reading.export: 2,
    reading.read_profile: 2,
    accounts.patch_profile: 2,
    accounts.refresh: 2,
    accounts.log_out: 2,
    accounts.try_ended: 1,
}


@asynccontextmanager
async def at_work(loads: Sequence[Load]) -> AsyncIterator[None]:
    """All clients, for as long as the block lasts."""
    async with asyncio.TaskGroup() as group:
        for load in loads:
            group.create_task(load.run(OPERATIONS))
        try:
            yield
        finally:
            for load in loads:
                load.stopped = True


async def check_all(loads: Sequence[Load]) -> None:
    """Compare everything that each client made with what is there."""
    await asyncio.gather(*(load.do(reading.check) for load in loads))
