"""Authorizer: is this token ours, and does its session still live?"""

import gc
from typing import Any

from kith.accounts.sessions.authorizer import AuthorizerResponse, authorize, warm_up
from kith.accounts.sessions.lookup import session_lookup

warm_up()
gc.freeze()  # what was imported stays for good: the collector need not look at it again


def handler(event: dict[str, Any], _context: object) -> AuthorizerResponse:
    """Answers API Gateway's simple response, for an event of payload format 2.0."""
    header = next(iter(event.get("identitySource") or ()), "")
    return authorize(header, session_lookup())
