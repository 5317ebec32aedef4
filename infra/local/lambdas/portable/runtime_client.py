"""`awslambdaric`'s compiled runtime client, in Python, for a machine that has no wheel of it.

`awslambdaric` compiles its client only on Linux; elsewhere it imports and cannot ask for an event.
The local cloud puts this folder on the path of the workers where the compiled module is missing.
The functions have the names and arguments that `awslambdaric.lambda_runtime_client` calls.
"""

import http.client
import os

VERSION = "/2018-06-01/runtime"


class _Client:
    """One connection that is kept alive."""

    def __init__(self, user_agent: str) -> None:
        address = os.environ["AWS_LAMBDA_RUNTIME_API"]  # noqa: TID251 - Lambda's own way to say it
        self._connection = http.client.HTTPConnection(address)
        self._headers = {"User-Agent": user_agent}

    def next(self) -> tuple[bytes, dict[str, str | int]]:
        self._connection.request("GET", f"{VERSION}/invocation/next", headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"Failed to get next: {response.status}")
        headers: dict[str, str | int] = dict(response.getheaders())
        headers["Lambda-Runtime-Deadline-Ms"] = int(headers["Lambda-Runtime-Deadline-Ms"])
        return body, headers

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        headers = {**self._headers, **headers}
        self._connection.request("POST", f"{VERSION}/{path}", body, headers)
        response = self._connection.getresponse()
        response.read()
        if response.status != 202:
            raise RuntimeError(f"Failed to post {path}: {response.status}")


_clients: list[_Client] = []


def initialize_client(user_agent: str) -> None:
    _clients.append(_Client(user_agent))


def next() -> tuple[bytes, dict[str, str | int]]:  # noqa: A001 - the name that awslambdaric calls
    return _clients[-1].next()


def post_invocation_result(
    invoke_id: str, body: bytes, content_type: str, invocation_id: str | None = None
) -> None:
    path = f"invocation/{invoke_id}/response"
    _clients[-1].post(path, body, {"Content-Type": content_type, **_echo(invocation_id)})


def post_error(
    invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None
) -> None:
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Function-Error-Type": "Unhandled",
        "Lambda-Runtime-Function-XRay-Error-Cause": xray_fault.encode("ascii", "replace").decode(),
    }
    path = f"invocation/{invoke_id}/error"
    _clients[-1].post(path, error.encode(), {**headers, **_echo(invocation_id)})


def _echo(invocation_id: str | None) -> dict[str, str]:
    return {"Lambda-Runtime-Invocation-Id": invocation_id} if invocation_id else {}
