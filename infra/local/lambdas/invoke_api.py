"""Lambda's Invoke API, so that `aws lambda invoke --endpoint-url` and boto3 work here.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html; on loopback only, since whoever may
invoke a function may be anybody to it.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from typing import cast
from urllib.parse import unquote

from infra.local.asgi import BodyTooLarge, Header, Receive, Scope, Send, answer, read_body
from infra.local.lambdas.functions import (
    Functions,
    Invoked,
    Kind,
    PayloadTooLarge,
    Throttled,
    UnknownFunction,
)
from infra.local.lambdas.invocation import REQUEST_LIMIT_BYTES
from infra.local.stack.model import ACCOUNT_ID, REGION

PREFIX = "/2015-03-31/functions/"
SUFFIX = "/invocations"


class InvokeApi:
    """Answers `POST /2015-03-31/functions/{name}/invocations`."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: str = scope["raw_path"].decode("latin-1")
        if scope["method"] != "POST" or not raw.startswith(PREFIX) or not raw.endswith(SUFFIX):
            await _refuse(send, 404, "UnknownOperationException", "There is no such operation")
            return
        name = _name(unquote(raw[len(PREFIX) : -len(SUFFIX)]))
        try:
            await self._invoke(name, dict(scope["headers"]), receive, send)
        except UnknownFunction:
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"
            await _refuse(send, 404, "ResourceNotFoundException", f"Function not found: {arn}")
        except Throttled:
            await _refuse(send, 429, "TooManyRequestsException", "Rate Exceeded.")
        except (PayloadTooLarge, BodyTooLarge) as error:
            message = str(error) or f"The payload is larger than {REQUEST_LIMIT_BYTES} bytes"
            await _refuse(send, 413, "RequestTooLargeException", message)

    async def _invoke(
        self, name: str, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        payload = await read_body(receive, REQUEST_LIMIT_BYTES) or b"{}"
        kind = headers.get(b"x-amz-invocation-type", b"RequestResponse").decode("latin-1")
        if kind not in {"RequestResponse", "Event", "DryRun"}:
            message = f"{kind} is no invocation type"
            await _refuse(send, 400, "InvalidParameterValueException", message)
        elif not _is_json(payload):
            message = "Could not parse request body into json"
            await _refuse(send, 400, "InvalidRequestContentException", message)
        elif kind == "DryRun":
            self._functions.known(name)
            await answer(send, 204, _always(), b"")
        else:
            invoked = await self._functions.invoke(name, payload, cast("Kind", kind))
            wants_log = headers.get(b"x-amz-log-type", b"").lower() == b"tail"
            await _give(send, kind, invoked, wants_log=wants_log)


async def _give(send: Send, kind: str, invoked: Invoked, *, wants_log: bool) -> None:
    if kind == "Event":
        await answer(send, 202, _always(), b"")
        return
    headers = [*_always(), (b"content-type", b"application/json")]
    headers.append((b"x-amz-executed-version", b"$LATEST"))
    if invoked.error is not None:
        headers.append((b"x-amz-function-error", invoked.error.encode()))
    if wants_log:
        headers.append((b"x-amz-log-result", base64.b64encode(invoked.log_tail.encode()[-4096:])))
    await answer(send, 200, headers, invoked.payload)


async def _refuse(send: Send, status: int, error_type: str, message: str) -> None:
    body = json.dumps({"Type": "User", "Message": message, "message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", error_type.encode())]
    await answer(send, status, [*_always(), *headers], body)


def _always() -> list[Header]:
    return [(b"x-amzn-requestid", str(uuid.uuid4()).encode())]


def _name(given: str) -> str:
    """Out of a name or an ARN, with or without a qualifier: there is one version here."""
    if given.startswith("arn:"):
        return ":".join(given.split(":")[:7])
    return given.split(":", maxsplit=1)[0]


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True
