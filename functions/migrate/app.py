"""Migrate: the deployment brings the schema to its head before new code takes over."""

from typing import Any

from kith.migrations import custom_resource
from kith.migrations.head import upgrade
from kith.settings import settings


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Answers ``{"revision": ...}``; running it again changes nothing."""
    if custom_resource.is_custom_resource_event(event):
        return custom_resource.serve_custom_resource(event, context.log_stream_name, _upgrade)
    return {"revision": _upgrade()}


def _upgrade(application_role: str = "") -> str:
    return upgrade(settings().database_url, application_role)
