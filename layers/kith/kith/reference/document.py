"""One OpenAPI 3.1 document over all doors.

The rooms describe their own routes. What follows from a route being protected or limited, and what
every route can answer, is added here, once.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from kith.http.authentication import get_current_user
from kith.http.openapi import PROBLEM, FieldFault, Problem, error_responses
from kith.http.rate_limit import get_rate_limited_user
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
        "description": "The access token that `login` and `refresh` give.",
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
    {"name": "users", "description": "You: profile, reminders, avatar, export, farewell."},
    {"name": "contacts", "description": "The people you know."},
    {"name": "exchange", "description": "Address books that come and go as files."},
    {"name": "merges", "description": "Two contacts of one person: found, merged, parted again."},
    {"name": "birthdays", "description": "Whose birthday comes next, and who was told of it."},
    {"name": "avatars", "description": "Pictures of you and of your contacts."},
    {"name": "pages", "description": "What the letters link to."},
    {"name": "status", "description": "Alive, ready, and the keys of our tokens."},
]
_GATEWAY: Final = {
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
    """Every route of every door."""
    return [
        route for router in _routers() for route in router.routes if isinstance(route, APIRoute)
    ]


def _routers() -> Iterator[APIRouter]:
    from kith.accounts.router import ROUTERS as ACCOUNTS
    from kith.avatars.router import ROUTERS as AVATARS
    from kith.birthdays.router import ROUTERS as BIRTHDAYS
    from kith.contacts.router import ROUTERS as CONTACTS

    yield from (*ACCOUNTS, *CONTACTS, *AVATARS, *BIRTHDAYS)


def _document() -> dict[str, Any]:
    routes = [route for route in all_routes() if route.include_in_schema]
    made = get_openapi(
        title="Kith",
        version="1",
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=routes,
        tags=_TAGS,
        servers=[{"url": settings().public_base_url}],
    )
    components = made.setdefault("components", {})
    components["securitySchemes"] = _SECURITY
    components.setdefault("schemas", {}).update(_shapes_of_refusals())
    for route in routes:
        for method in route.methods or ():
            _complete(made["paths"][route.path_format][method.lower()], route)
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    return made


def _shapes_of_refusals() -> dict[str, Any]:
    _, found = models_json_schema(
        [(Problem, "serialization"), (FieldFault, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    shapes: dict[str, Any] = found["$defs"]
    return shapes


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Add what a route can answer because of where it stands."""
    answers = operation["responses"]
    if "422" in answers:
        answers["422"]["content"] = {"application/problem+json": {"schema": PROBLEM}}
    _may(answers, 400, 431, 503)
    if operation.get("requestBody"):
        _may(answers, 413, 415)
    for status in ("400", "431"):
        answers[status]["content"] = {**answers[status]["content"], **_GATEWAY}
    if not _asks(route.dependant, get_current_user, get_rate_limited_user):
        return
    operation["security"] = [{name: []} for name in _SECURITY]
    _may(answers, 401, 403)
    for status in ("401", "403"):
        answers[status]["content"] = {**answers[status]["content"], **_GATEWAY}
    if _asks(route.dependant, get_rate_limited_user):
        _may(answers, 429)


def _may(answers: dict[str, Any], *statuses: int) -> None:
    for status, answer in error_responses(*statuses).items():
        answers.setdefault(str(status), dict(answer))


def _asks(dependant: Dependant, *questions: Any) -> bool:
    return any(each.call in questions or _asks(each, *questions) for each in dependant.dependencies)
