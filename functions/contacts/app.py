"""Contacts: one owner's address book over HTTP."""

from kith.contacts import browsing_router, exchange_router, router
from kith.http.application import serve

handler = serve(exchange_router.router, browsing_router.router, router.router)
