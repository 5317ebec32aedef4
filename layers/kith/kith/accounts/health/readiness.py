"""Readiness check: can the database and the cache be reached? Liveness needs neither."""

from kith.cache import CacheUnavailable, cache
from kith.database.unit_of_work import database
from kith.errors import Unavailable
from kith.settings import settings


class NotReady(Unavailable):
    code = "not_ready"
    detail = "The database or the cache cannot be reached."


def require_dependencies() -> None:
    """Raises NotReady, or DatabaseUnavailable, when the database or the cache is away."""
    database().ping()
    if not settings().redis_url:
        return
    try:
        cache().ping()
    except CacheUnavailable:
        raise NotReady from None
