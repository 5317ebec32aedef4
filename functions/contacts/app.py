"""Contacts: one owner's address book over HTTP."""

from kith.contacts import browsing_router, router
from kith.http.application import serve

handler = serve(browsing_router.router, router.router)
