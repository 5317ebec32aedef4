"""Contacts over HTTP: all routers of the room, fixed words before what an id could be."""

from typing import Final

from kith.contacts import exchange_router
from kith.contacts.routes import bulk, lists, parts, single, trash

ROUTERS: Final = (
    exchange_router.router,
    lists.router,
    trash.router,
    bulk.router,
    parts.router,
    single.router,
)
