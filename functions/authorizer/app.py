"""Authorizer: is this token ours, and does its session still live?"""

from typing import Any

from kith.cold_start import cold_start

with cold_start("opentelemetry"):  # redis measures itself where it finds it
    from kith.accounts.sessions.authorizer import (
        AuthorizerResponse,
        authorize,
        cool_down,
        warm_up,
    )
    from kith.accounts.sessions.lookup import session_lookup
    from kith.snapshot import register_snapshot_hooks
    from kith.telemetry import with_telemetry

    warm_up()
    register_snapshot_hooks(cool_down, warm_up)


@with_telemetry
def handler(event: dict[str, Any], _context: object) -> AuthorizerResponse:
    """Answers API Gateway's simple response, for an event of payload format 2.0."""
    header = next(iter(event.get("identitySource") or ()), "")
    return authorize(header, session_lookup())
