"""Clients of the Lambda functions: an event goes in, a response comes out."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from functions.contacts.app import handler as contacts_handler
from tests import events
from tests.contract import require_documented

Handler = Callable[[events.Event, Any], dict[str, Any]]


@dataclass(frozen=True)
class LambdaContext:
    """As much of Lambda's context as the functions look at."""

    function_name: str = "tests"
    aws_request_id: str = "1"


class Response(NamedTuple):
    """``body`` is the JSON if it is some, else the text, or the bytes where they are none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "Response":
        """What a handler returned, as API Gateway would give it to the client."""
        headers = result.get("headers") or {}
        body: Any = result.get("body") or ""
        if result.get("isBase64Encoded"):
            body = base64.b64decode(body)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if body and "json" in headers.get("content-type", ""):
            body = json.loads(body)
        elif isinstance(body, bytes) and headers.get("content-type", "").startswith("text/"):
            body = body.decode()
        return cls(result["statusCode"], body, headers)


def answered(handler: Handler, event: events.Event) -> Response:
    """The response to an event, which must be one that the OpenAPI document knows."""
    response = Response.of(handler(event, LambdaContext()))
    http = event["requestContext"]["http"]
    require_documented(
        http["method"], http["path"], response.status, response.headers, response.body
    )
    return response


def send(handler: Handler, method: str, path: str, **request: Any) -> Response:
    """A request without an identity, unless one is given."""
    return answered(handler, events.request(method, path, **request))


class Client:
    """Requests of one signed-in user to one function, the contacts' unless a subclass has another.

    ``profile`` is what the authorizer adds to the identity.
    """

    handler: Handler = staticmethod(contacts_handler)

    def __init__(self, user_id: UUID, **profile: str) -> None:
        self.id = user_id
        self.session_id = uuid4()
        self.profile = profile

    @property
    def identity(self) -> dict[str, str]:
        return events.signed_in(self.id, self.session_id, **self.profile)

    def event(self, method: str, path: str, **request: Any) -> events.Event:
        """What the gateway sends for a request of this user."""
        return events.request(method, path, identity=self.identity, **request)

    def request(self, method: str, path: str, **request: Any) -> Response:
        return answered(self.handler, self.event(method, path, **request))

    def create(self, first_name: str = "Grace", **more: Any) -> Any:
        """A new contact, as it is answered."""
        response = self.request("POST", "/api/contacts", body={"first_name": first_name, **more})
        assert response.status == 201, response.body
        return response.body
