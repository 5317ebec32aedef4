"""Error responses in OpenAPI: the schemas, and what a route declares of its own errors.

A route names the codes that only it can answer with (``error_responses(not_in_trash=409)``). Those
that follow from its place in the API (a body, an identity, a limit, a cursor) are added where the
whole document is made (``kith.reference``).
"""

from http import HTTPStatus
from typing import Final

from pydantic import ConfigDict, Field

from kith.http.problems import COMMON_CODES
from kith.json_types import JsonObject
from kith.schema_base import ResponseModel, example

# In a response of a route: its codes, which the document turns into a schema and examples.
CODES: Final = "x-codes"


class FieldFault(ResponseModel):
    """What is wrong with one field."""

    model_config = example(pointer="/birthday", code="value_error", detail="must be a day")

    pointer: str = Field(description="JSON Pointer (RFC 6901) to the field.")
    code: str = Field(description="Stable, for programs.")
    detail: str = Field(description="A sentence for people; never the value.")


class Problem(ResponseModel):
    """Why a request was not carried out (RFC 9457); some codes bring members of their own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="A sentence for people.")
    code: str = Field(description="Stable, for programs.")
    instance: str = Field(description="The id of the request, as in `X-Request-Id`.")
    errors: list[FieldFault] | None = Field(default=None, description="With 422: what is wrong.")
    etag: str | None = Field(default=None, description="With 412: the tag that holds now.")
    challenge: str | None = Field(
        default=None, description="With `second_factor_needed`: to be sent back with the factor."
    )
    methods: list[str] | None = Field(
        default=None,
        description="With `second_factor_needed`: `totp`, `passkey`, `recovery`, as there are.",
    )


class GatewayMessage(ResponseModel):
    """What API Gateway says when a request does not reach a function, or comes back from none."""

    model_config = example(message="Unauthorized")

    message: str


def html_responses(*statuses: int) -> dict[int | str, JsonObject]:
    """The ``responses`` argument of a route, for statuses that are answered with a page."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
        for status in statuses
    }


def error_responses(*statuses: int, **codes: int) -> dict[int | str, JsonObject]:
    """The ``responses`` argument of a route: its codes, each with its status.

    ``statuses`` are those of common codes, such as 404 of ``not_found``.
    """
    responses: dict[int | str, JsonObject] = {}
    for code, status in [*((COMMON_CODES[each], each) for each in statuses), *codes.items()]:
        response = responses.setdefault(status, {"description": HTTPStatus(status).phrase})
        response.setdefault(CODES, []).append(code)
    return responses


def headers_of(*names: str) -> JsonObject:
    """The ``headers`` of a response that has these of the document's headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
