"""Contacts: one owner's address book over HTTP."""

from kith.contacts.router import ROUTERS
from kith.http.application import serve

handler = serve(*ROUTERS)
