"""Migrations as a CloudFormation custom resource, which always gets a response.

CloudFormation waits up to an hour for a PUT to the URL in the event. So every outcome is reported,
a failure by its type; the traceback stays in the log. Deleting the stack touches no table, and an
older version of the code never downgrades the schema.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final, Literal, NotRequired, TypedDict, TypeGuard

from kith.telemetry import log, log_exception

_PHYSICAL_ID: Final = (
    "kith-schema"  # constant: a new id would make CloudFormation delete the old one
)
_TIMEOUT_SECONDS: Final = 10
_PAUSES: Final = (1.0, 4.0)

Migrate = Callable[[str], str]  # from the application role to the revision


class CustomResourceEvent(TypedDict):
    """A request of CloudFormation."""

    RequestType: Literal["Create", "Update", "Delete"]
    ResponseURL: str
    StackId: str
    RequestId: str
    LogicalResourceId: str
    PhysicalResourceId: NotRequired[str]
    ResourceProperties: NotRequired[dict[str, str]]


def is_custom_resource_event(event: Mapping[str, object]) -> TypeGuard[CustomResourceEvent]:
    """Whether this invocation comes from CloudFormation."""
    return "ResponseURL" in event


def serve_custom_resource(
    event: CustomResourceEvent, log_stream: str, migrate: Migrate
) -> dict[str, str]:
    """Handle a request of CloudFormation, respond to it, and return the data of the response."""
    try:
        data = _handle(event, migrate)
    except Exception as error:  # noqa: BLE001 - without a response the stack waits for an hour
        log_exception("migration_failed", request=event.get("RequestType"))
        reason = f"{type(error).__name__}; the traceback is in the log stream {log_stream}"
        _respond(event, {"Status": "FAILED", "Reason": reason})
        return {"failed": type(error).__name__}
    _respond(event, {"Status": "SUCCESS", "Data": data})
    return data


def _handle(event: CustomResourceEvent, migrate: Migrate) -> dict[str, str]:
    if event["RequestType"] == "Delete":
        return {}
    role = event.get("ResourceProperties", {}).get("ApplicationRole", "")
    revision = migrate(role)
    log("migrated", revision=revision)
    return {"revision": revision}


def _respond(event: CustomResourceEvent, outcome: Mapping[str, object]) -> None:
    body = {
        "PhysicalResourceId": event.get("PhysicalResourceId", _PHYSICAL_ID),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        **outcome,
    }
    for pause in (*_PAUSES, None):
        try:
            _put(event["ResponseURL"], json.dumps(body).encode())
        except OSError:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return


def _put(address: str, body: bytes) -> None:
    # S3 signed the address without a content type, and refuses any.
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own address
        address, data=body, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - as above
        pass
