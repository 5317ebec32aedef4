"""The OpenAPI 3.1 document of all functions.

Packages describe their own routes. Responses that follow from a route being protected or limited,
and those of every route, are added here, once.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from kith.http.authentication import get_current_user
from kith.http.openapi import FieldFault, Problem, error_responses
from kith.http.rate_limit import get_rate_limited_user
from kith.json_types import JsonObject
from kith.settings import settings

_ABOUT: Final = """\
Kith is an address book that never forgets a birthday.

Sign up, follow the link in the letter, sign in, and send the access token as
`Authorization: Bearer …`. Errors are `application/problem+json` (RFC 9457) with a stable `code`.
Lists are paged by `skip` and `limit`, or by the `cursor` that the page before names."""
_SECURITY: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token that `login` and `refresh` give, or a personal one.",
    },
    "password": {
        "type": "oauth2",
        "description": "The same token, for clients that know the OAuth 2 password grant.",
        "flows": {"password": {"tokenUrl": "/api/auth/token", "scopes": {}}},
    },
}
_TAGS: Final = [
    {"name": "auth", "description": "Signing up, signing in, and proving who you are."},
    {"name": "sessions", "description": "Where you are signed in."},
    {"name": "factors", "description": "Second factors, and what to do without them."},
    {"name": "tokens", "description": "Keys for programs, each with what it may do."},
    {"name": "users", "description": "You: profile, reminders, avatar, export, deletion."},
    {"name": "contacts", "description": "The people you know."},
    {"name": "exchange", "description": "Address books that come and go as files."},
    {"name": "merges", "description": "Two contacts of one person: found, merged, parted again."},
    {"name": "birthdays", "description": "Whose birthday comes next, and who was told of it."},
    {"name": "avatars", "description": "Pictures of you and of your contacts."},
    {"name": "pages", "description": "What the letters link to."},
    {"name": "status", "description": "Alive, ready, and the keys of our tokens."},
]
_GATEWAY_MESSAGE: Final = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["message"],
            "properties": {"message": {"type": "string", "examples": ["Forbidden"]}},
        }
    }
}


@cache
def document() -> bytes:
    """The document as JSON."""
    return json.dumps(_document(), ensure_ascii=False, separators=(",", ":")).encode()


def all_routes() -> list[APIRoute]:
    """Every route of every function."""
    return [
        route for router in _routers() for route in router.routes if isinstance(route, APIRoute)
    ]


def _routers() -> Iterator[APIRouter]:
    from kith.accounts.router import ROUTERS as ACCOUNTS
    from kith.avatars.router import ROUTERS as AVATARS
    from kith.birthdays.router import ROUTERS as BIRTHDAYS
    from kith.contacts.router import ROUTERS as CONTACTS

    yield from (*ACCOUNTS, *CONTACTS, *AVATARS, *BIRTHDAYS)


def _document() -> JsonObject:
    routes = [route for route in all_routes() if route.include_in_schema]
    schema = get_openapi(
        title="Kith",
        version="1",
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=routes,
        tags=_TAGS,
        servers=[{"url": settings().public_base_url}],
    )
    components = schema.setdefault("components", {})
    components["securitySchemes"] = _SECURITY
    components.setdefault("schemas", {}).update(_problem_schemas())
    for route in routes:
        for method in route.methods or ():
            _add_shared_responses(schema["paths"][route.path_format][method.lower()], route)
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    return schema


def _problem_schemas() -> JsonObject:
    _, schemas = models_json_schema(
        [(Problem, "serialization"), (FieldFault, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    definitions: JsonObject = schemas["$defs"]
    return definitions


def _add_shared_responses(operation: JsonObject, route: APIRoute) -> None:
    """Add the responses that a route gives because of its place in the API."""
    responses = operation["responses"]
    if "422" in responses:  # FastAPI's own schema of it is not ours
        responses["422"].get("content", {}).pop("application/json", None)
        _add_problems(responses, 422)
    _add_problems(responses, 400, 431, 503)
    if operation.get("requestBody"):
        _add_problems(responses, 413, 415)
    _add_gateway_messages(responses, 400, 431)
    if not _depends_on(route.dependant, get_current_user, get_rate_limited_user):
        return
    operation["security"] = [{name: []} for name in _SECURITY]
    _add_problems(responses, 401, 403)
    _add_gateway_messages(responses, 401, 403)
    if _depends_on(route.dependant, get_rate_limited_user):
        _add_problems(responses, 429)


def _add_problems(responses: JsonObject, *statuses: int) -> None:
    for status, problem in error_responses(*statuses).items():
        response = responses.setdefault(str(status), {"description": problem["description"]})
        response["content"] = {**response.get("content", {}), **problem["content"]}


def _add_gateway_messages(responses: JsonObject, *statuses: int) -> None:
    """API Gateway answers with these statuses too, in a format of its own."""
    for status in map(str, statuses):
        responses[status]["content"] = {**responses[status]["content"], **_GATEWAY_MESSAGE}


def _depends_on(dependant: Dependant, *calls: Callable[..., object]) -> bool:
    return any(sub.call in calls or _depends_on(sub, *calls) for sub in dependant.dependencies)
