"""All routers of the contacts package; fixed paths come before ``/{contact_id}``."""

from typing import Final

from fastapi import APIRouter

from kith.contacts.bulk.router import router as bulk_router
from kith.contacts.changes.router import router as changes_router
from kith.contacts.contact_routes import router as contact_router
from kith.contacts.exchange.router import router as exchange_router
from kith.contacts.imports.router import router as imports_router
from kith.contacts.merge.router import router as merge_router
from kith.contacts.phones.router import router as phones_router
from kith.contacts.search.router import router as search_router
from kith.contacts.tags.router import router as tags_router
from kith.contacts.trash.router import router as trash_router

ROUTERS: Final[tuple[APIRouter, ...]] = (
    exchange_router,
    imports_router,
    merge_router,
    search_router,
    trash_router,
    bulk_router,
    changes_router,
    phones_router,
    tags_router,
    contact_router,
)
