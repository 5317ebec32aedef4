"""Contacts over HTTP: all routers of the room, fixed words before what an id could be."""

from typing import Final

from kith.contacts.routes import bulk, exchange, lists, merging, parts, single, trash

ROUTERS: Final = (
    exchange.router,
    merging.router,
    lists.router,
    trash.router,
    bulk.router,
    parts.router,
    single.router,
)
