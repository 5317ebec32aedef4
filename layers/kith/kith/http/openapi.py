"""Error responses in OpenAPI: one schema, and the statuses that a route can answer with.

A route names only its own (``responses=error_responses(404, 412)``). Those of every protected or
limited route are added where the whole document is made (``kith.reference``).
"""

from http import HTTPStatus
from typing import Final

from pydantic import ConfigDict, Field

from kith.json_types import JsonObject
from kith.schema_base import ResponseModel

PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}


class FieldFault(ResponseModel):
    """What is wrong with one field."""

    pointer: str = Field(description="JSON Pointer (RFC 6901) to the field.")
    code: str = Field(description="Stable, for programs.")
    detail: str = Field(description="A sentence for people; never the value.")


class Problem(ResponseModel):
    """Why a request was not carried out (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "detail": "Some of what was sent is not acceptable.",
                    "code": "invalid",
                    "instance": "Kq3hGj5zliAEJMQ=",
                    "errors": [
                        {
                            "pointer": "/birthday",
                            "code": "value_error",
                            "detail": "must be YYYY-MM-DD or --MM-DD",
                        }
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence for people.")
    code: str = Field(description="Stable, for programs.")
    instance: str = Field(description="The id of the request, as in `X-Request-Id`.")
    errors: list[FieldFault] | None = None
    etag: str | None = Field(default=None, description="With 412: the tag that holds now.")
    challenge: str | None = Field(
        default=None, description="With `second_factor_needed`: to be sent back with the factor."
    )
    methods: list[str] | None = Field(
        default=None,
        description="With `second_factor_needed`: `totp`, `passkey`, `recovery`, as there are.",
    )


def html_responses(*statuses: int) -> dict[int | str, JsonObject]:
    """The ``responses`` argument of a route, for statuses that are answered with a page."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
        for status in statuses
    }


def error_responses(*statuses: int) -> dict[int | str, JsonObject]:
    """The ``responses`` argument of a route, for statuses that are answered with a problem."""
    content = {"application/problem+json": {"schema": PROBLEM}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }
