"""Migrate: the deployment brings the schema to its head before new code takes over."""

from typing import Any

from kith.migrations.head import upgrade
from kith.settings import settings


def handler(event: dict[str, Any], _context: Any) -> dict[str, str]:
    """Answers ``{"revision": ...}``; running it again changes nothing."""
    del event
    return {"revision": upgrade(settings().database_url)}
