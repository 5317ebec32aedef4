"""Contacts: one owner's address book over HTTP."""

from kith.cold_start import cold_start

with cold_start():
    from kith.contacts.router import ROUTERS
    from kith.http.application import serve

    handler = serve(*ROUTERS)
