"""The migration as a part of the deployment: CloudFormation asks, and always gets an answer.

CloudFormation waits for a PUT to the address in the event, for an hour if nobody answers. So
whatever happens is answered; a failure is told by its kind, its story stays in the log. Deleting
the stack touches no table, and an older version of the code never takes the schema back.
"""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from kith.telemetry import log, log_exception

_PHYSICAL_ID: Final = "kith-schema"  # one for ever: a new id would ask us to delete the old one
_SECONDS: Final = 10
_PAUSES: Final = (1.0, 4.0)

Migrate = Callable[[str], str]  # from the application role to the revision


def is_custom_resource_event(event: dict[str, Any]) -> bool:
    """Whether this invocation comes from CloudFormation."""
    return "ResponseURL" in event


def serve_custom_resource(
    event: dict[str, Any], log_stream: str, migrate: Migrate
) -> dict[str, str]:
    """Do what CloudFormation asks for, answer it, and return what was answered as data."""
    try:
        data = _obey(event, migrate)
    except Exception as trouble:  # noqa: BLE001 - an unanswered question blocks the stack for an hour
        log_exception("migration_failed", request=event.get("RequestType"))
        reason = f"{type(trouble).__name__}; the story is in the log stream {log_stream}"
        _answer(event, {"Status": "FAILED", "Reason": reason})
        return {"failed": type(trouble).__name__}
    _answer(event, {"Status": "SUCCESS", "Data": data})
    return data


def _obey(event: dict[str, Any], migrate: Migrate) -> dict[str, str]:
    if event["RequestType"] == "Delete":
        return {}
    role = event.get("ResourceProperties", {}).get("ApplicationRole", "")
    revision = migrate(role)
    log("migrated", revision=revision)
    return {"revision": revision}


def _answer(event: dict[str, Any], outcome: dict[str, Any]) -> None:
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
    with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - as above
        pass
