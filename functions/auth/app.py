"""Auth: accounts and sessions over HTTP, and the pages that letters link to."""

from kith.accounts.router import ROUTERS
from kith.http.application import serve

handler = serve(*ROUTERS)
