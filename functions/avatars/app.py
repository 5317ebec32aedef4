"""Avatars: pictures of people over HTTP."""

from kith.avatars.router import router
from kith.http.application import serve

handler = serve(router)
