"""Programming errors: an alarm with a fingerprint, and a long pause for whoever retries in vain.

To the client the first one looks transient, because it may have been. When the same request fails
again in the same place it will fail a third time too, and is asked to wait for a minute.
"""

import hashlib
import json
from collections import OrderedDict
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from kith.cache import CacheUnavailable, cache
from kith.http import problems
from kith.json_types import JsonObject
from kith.telemetry import count_metric, fingerprint_of, log_exception

_RETRY_SECONDS: Final = {False: "1", True: "60"}
_DETAILS: Final = {
    False: "Something went wrong on our side; try again shortly.",
    True: "This request fails for a mistake of ours; to repeat it helps only when it is mended.",
}
_REMEMBERED_MS: Final = 600_000
_MOST_REMEMBERED: Final = 1_000
_SEEN_BEFORE: Final = """
local seen = redis.call('EXISTS', KEYS[1])
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
return seen
"""
_seen_here: Final[OrderedDict[str, None]] = OrderedDict()


def unexpected_response(request: Request, error: Exception) -> Response:
    """Log a programming error, count it, and answer 503 ``unexpected``."""
    fingerprint = fingerprint_of(error)
    repeated = _seen_before(f"unexpected:{_digest(request.scope)}:{fingerprint}")
    log_exception("unexpected_error", fingerprint=fingerprint, repeated=repeated)
    count_metric("Unexpected", about={"fingerprint": fingerprint})
    headers = {"Retry-After": _RETRY_SECONDS[repeated]}
    return problems.problem_response(
        request, 503, "unexpected", _DETAILS[repeated], headers=headers
    )


def _digest(scope: Scope) -> str:
    """The same for the same request of the same user."""
    event: JsonObject = scope.get("aws.event", {})
    identity = (event.get("requestContext", {}).get("authorizer") or {}).get("lambda") or {}
    parts = [
        scope["method"],
        scope["path"],
        scope["query_string"].decode(),
        identity.get("user_id", ""),
        event.get("body", ""),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _seen_before(key: str) -> bool:
    """Whether some process has seen this in the last minutes; without a cache, this one."""
    here = key in _seen_here
    _seen_here[key] = None
    _seen_here.move_to_end(key)
    if len(_seen_here) > _MOST_REMEMBERED:
        _seen_here.popitem(last=False)
    try:
        return bool(cache().run(_SEEN_BEFORE, [key], [_REMEMBERED_MS])) or here
    except CacheUnavailable:
        return here
