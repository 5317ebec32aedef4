"""Auth: accounts and sessions over HTTP, the pages that letters link to, and the reference."""

from kith.accounts.router import ROUTERS
from kith.http.application import serve
from kith.reference.router import router as reference

handler = serve(*ROUTERS, reference)
