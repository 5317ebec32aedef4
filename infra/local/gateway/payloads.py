"""HTTP requests as Lambda events, and Lambda's answers as HTTP: API Gateway's payload format 2.0.

Pure: nothing here waits for anything. The facts followed
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
and http-api-lambda-authorizer.html beside it):

* header names are lower case, repeated headers are joined by commas, cookies are a list apart;
* `rawPath` is decoded, `rawQueryString` is as the client wrote it;
* the body is text for `text/*`, JSON, XML and JavaScript, and base64 for all else, forms too;
* an answer without `statusCode` is a 200 with the answer as JSON.
"""

import base64
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from infra.local.asgi import Header
from infra.local.stack.model import ACCOUNT_ID, REGION, Route

API_ID = "local"
TEXT = re.compile(r"(?:text/|application/(?:json|xml|javascript)\b)", re.IGNORECASE)
FORWARDED = re.compile(rb"(?:x-forwarded|forwarded\Z|x-real-ip\Z|x-amzn-trace-id\Z)")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*\Z")
OWN_BUSINESS = frozenset(  # of the connection between the gateway and the client
    {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer"}
)
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Event = dict[str, Any]


class MalformedAnswer(Exception):
    """The function's answer is none that API Gateway could send on."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who asks and where, as the sockets say; never as the client says."""

    address: str
    port: int  # ours
    scheme: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets."""

    status: int
    headers: list[Header]
    body: bytes


def request_event(  # noqa: PLR0913 - a request has these parts
    *,
    route: Route,
    method: str,
    path: str,
    parameters: dict[str, str],
    query: bytes,
    headers: list[Header],
    peer: Peer,
    protocol: str,
    request_id: str,
) -> Event:
    """The event without a body: what the authorizer and the function have in common."""
    fields, cookies = _fields(headers, peer)
    host = fields.get("host", "")
    now = time.time()
    event: Event = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": query.decode("latin-1"),
        "headers": fields,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": protocol,
                "sourceIp": peer.address,
                "userAgent": fields.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route.key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _query(query)
    if parameters:
        event["pathParameters"] = parameters
    return event


def authorizer_event(event: Event, identity: list[str]) -> Event:
    """The event for a Lambda authorizer of type REQUEST."""
    http = event["requestContext"]["http"]
    asked = f"{API_ID}/$default/{http['method']}{http['path']}"
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{asked}"
    return {**event, "type": "REQUEST", "routeArn": arn, "identitySource": identity}


def authorizer_payload(event: Event, identity: list[str]) -> bytes:
    return encode(authorizer_event(event, identity)).encode()


def function_payload(event: Event, body: bytes, context: dict[str, Any] | None) -> bytes:
    """The event for the function: with the body, and what the authorizer found out."""
    if context is not None:
        event["requestContext"]["authorizer"] = {"lambda": context}
    event["isBase64Encoded"] = False
    if body:
        event["body"], event["isBase64Encoded"] = _body(event["headers"], body)
    return encode(event).encode()


def authorizer_context(payload: bytes) -> dict[str, Any] | None:
    """A simple response: the context, or None for a refusal. Raises `MalformedAnswer`."""
    try:
        found = json.loads(payload)
        authorized, context = found["isAuthorized"], found.get("context")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedAnswer("isAuthorized is missing") from error
    if not isinstance(authorized, bool) or not isinstance(context, dict | None):
        raise MalformedAnswer("isAuthorized is no boolean or context no object")
    return context or {} if authorized else None


def answer_of(payload: bytes) -> Answer:
    """The function's answer as HTTP. Raises `MalformedAnswer`."""
    try:
        found = json.loads(payload)
    except ValueError as error:
        raise MalformedAnswer("it is not JSON") from error
    if not isinstance(found, dict) or "statusCode" not in found:
        return Answer(200, [(b"content-type", b"application/json")], payload)
    given, cookies = found.get("headers") or {}, found.get("cookies") or []
    if not isinstance(given, dict) or not isinstance(cookies, list):
        raise MalformedAnswer("headers are no object or cookies no list")
    headers = [_header(name, value) for name, value in given.items()]
    headers += [_header("set-cookie", cookie) for cookie in cookies]
    kept = [header for header in headers if header[0].decode() not in OWN_BUSINESS]
    return Answer(_status(found["statusCode"]), kept, _answered_body(found))


def _fields(headers: list[Header], peer: Peer) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in headers:
        if FORWARDED.match(raw_name):
            continue
        name, value = raw_name.decode("latin-1"), _text(raw_value)
        if name == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        else:
            fields[name] = f"{fields[name]},{value}" if name in fields else value
    fields["x-forwarded-for"] = peer.address
    fields["x-forwarded-port"] = str(peer.port)
    fields["x-forwarded-proto"] = peer.scheme
    return fields, cookies


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _query(query: bytes) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _body(headers: dict[str, str], body: bytes) -> tuple[str, bool]:
    if TEXT.match(headers.get("content-type", "")) and "content-encoding" not in headers:
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def _header(name: object, value: object) -> Header:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(name, str) or not HEADER_NAME.match(name) or not HEADER_VALUE.match(text):
        raise MalformedAnswer("a header is not well-formed")
    return name.lower().encode(), text.encode("utf-8")


def _status(value: object) -> int:
    try:
        status = int(str(value))
    except ValueError:
        status = 0
    if not 200 <= status <= 599:
        raise MalformedAnswer("statusCode is none")
    return status


def _answered_body(found: dict[str, Any]) -> bytes:
    body = found.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswer("body is no text")
    try:
        return (
            base64.b64decode(body, validate=True) if found.get("isBase64Encoded") else body.encode()
        )
    except ValueError as error:  # binascii.Error and UnicodeEncodeError are ValueErrors
        raise MalformedAnswer("body is not base64, or no text") from error
