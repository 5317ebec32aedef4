"""Avatars: pictures of people over HTTP."""

from kith.avatars.router import ROUTERS
from kith.http.application import serve

handler = serve(*ROUTERS)
