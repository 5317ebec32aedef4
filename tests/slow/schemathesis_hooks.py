"""What a schema cannot say about our requests, for Schemathesis's generators.

Formats of our own get values that exist; what only a server can give out (cursors, entity tags) is
left out of requests that are to be accepted, and a key of idempotency is used once.
"""

from typing import Any
from uuid import uuid4
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

from kith.clock import zone_named

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _known(zone: str) -> bool:
    try:
        return zone_named(zone).key == zone
    except LookupError:
        return False


def _birthdays() -> st.SearchStrategy[str]:
    days = st.dates().map(lambda day: day.isoformat())
    return days | days.map(lambda day: f"-{day[4:]}") | st.just("--02-29")


_names = st.text(_LETTERS, min_size=1, max_size=20)
schemathesis.openapi.format(
    "time-zone", st.sampled_from(sorted(filter(_known, available_timezones())))
)
schemathesis.openapi.format("birthday", _birthdays())
schemathesis.openapi.format("email", st.builds("{}@{}.com".format, _names, _names))
schemathesis.openapi.format("password", st.text(_LETTERS, min_size=8, max_size=100))
schemathesis.openapi.format("new-password", st.uuids().map("seven quiet herons {}".format))


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, object]
) -> None:
    """Only requests that are to be accepted are touched."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in ("If-Match", "If-None-Match"):
        case.headers.pop(name, None)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex
    case.query.pop("cursor", None)
