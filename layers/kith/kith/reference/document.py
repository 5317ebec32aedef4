"""The OpenAPI 3.1 document of all functions.

Packages describe their own routes. Responses that follow from a route being protected or limited,
and those of every route, are added here, once.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Final

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from kith import __version__
from kith.accounts.dependencies import get_account_user, get_fresh_user
from kith.http.authentication import authenticators_of
from kith.http.openapi import FieldFault, GatewayMessage, Problem
from kith.http.rate_limit import get_rate_limited_user
from kith.json_types import JsonObject
from kith.reference.responses import ResponseComponents, header_components
from kith.reference.schemas import (
    describe_parameter,
    drop_request_defaults,
    models_below,
    restore_examples,
    summary_of,
)
from kith.schema_base import RequestModel, ResponseModel
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
# What a dependency refuses, in every route that has it.
_BY_DEPENDENCY: Final[dict[object, tuple[str, str]]] = {
    get_rate_limited_user: ("429", "too_many_requests"),
    get_account_user: ("429", "too_many_requests"),
    get_fresh_user: ("401", "fresh_proof_needed"),
}
_LICENSE: Final = {"name": "MIT", "identifier": "MIT"}
_MERGE_PATCH: Final = "application/merge-patch+json"


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
        version=__version__,
        summary="An address book that never forgets a birthday.",
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=routes,
        tags=_TAGS,
        servers=[{"url": settings().public_base_url}],
        contact={"name": "Kith", "url": f"{settings().public_base_url}/"},
        license_info=_LICENSE,
    )
    schemas = _schemas(schema)
    responses = ResponseComponents(schemas)
    for route in routes:
        for method in route.methods or ():
            operation = schema["paths"][route.path_format][method.lower()]
            _complete(operation, method, route, responses)
    drop_request_defaults(schema)
    schema["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "responses": dict(sorted(responses.responses.items())),
        "headers": header_components(),
        "securitySchemes": _SECURITY,
    }
    return schema


def _schemas(schema: JsonObject) -> JsonObject:
    """``components.schemas``, with ours for errors in the place of FastAPI's."""
    schemas: JsonObject = schema["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "serialization") for model in (Problem, FieldFault, GatewayMessage)
    ]
    _, ours = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas.update(ours["$defs"])
    for base in (RequestModel, ResponseModel):
        restore_examples(schemas, models_below(base))
    return schemas


def _complete(
    operation: JsonObject, method: str, route: APIRoute, responses: ResponseComponents
) -> None:
    """Give an operation what follows from its place in the API."""
    protected = bool(authenticators_of(route.dependant))
    operation["security"] = [{name: []} for name in _SECURITY] if protected else []
    operation["summary"] = summary_of(operation, route.name)
    for parameter in operation.get("parameters", ()):
        describe_parameter(parameter)
    content = operation.get("requestBody", {}).get("content", {})
    if method == "PATCH" and "application/json" in content:
        content[_MERGE_PATCH] = content["application/json"]
    responses.complete(operation, _codes_by_dependency(route.dependant))


def _codes_by_dependency(dependant: Dependant) -> Iterator[tuple[str, str]]:
    for sub in dependant.dependencies:
        if sub.call in _BY_DEPENDENCY:
            yield _BY_DEPENDENCY[sub.call]
        yield from _codes_by_dependency(sub)
