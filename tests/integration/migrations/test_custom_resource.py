"""The custom resource of migrations, with a server in the place of CloudFormation's S3."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Literal

import pytest

from kith.migrations import custom_resource
from kith.migrations.custom_resource import CustomResourceEvent


class CloudFormation:
    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.refusals = 0
        self.address = ""


@contextmanager
def serving(service: CloudFormation) -> Iterator[CloudFormation]:
    class Taker(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if service.refusals:
                service.refusals -= 1
                self.send_error(503)
                return
            service.answers.append(json.loads(body))
            service.content_types.append(self.headers["Content-Type"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = Thread(target=server.serve_forever)
    thread.start()
    service.address = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    with serving(CloudFormation()) as service:
        yield service


def event(
    server: CloudFormation, kind: Literal["Create", "Update", "Delete"] = "Create"
) -> CustomResourceEvent:
    return {
        "RequestType": kind,
        "ResponseURL": server.address,
        "StackId": "arn:aws:cloudformation:eu-central-1:1:stack/kith/1",
        "RequestId": "one",
        "LogicalResourceId": "Migration",
        "ResourceProperties": {"ApplicationRole": "kith_app"},
    }


def test_a_stack_is_told_what_revision_its_schema_is_at(cloudformation: CloudFormation) -> None:
    roles = []

    def migrate(role: str) -> str:
        roles.append(role)
        return "0004"

    custom_resource.serve_custom_resource(event(cloudformation), "log", migrate)

    (answer,) = cloudformation.answers
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"revision": "0004"}
    assert answer["RequestId"] == "one"
    assert roles == ["kith_app"]
    assert cloudformation.content_types == [""]  # S3 signed the address without one


def test_a_failed_migration_is_answered_with_its_kind_and_nothing_more(
    cloudformation: CloudFormation,
) -> None:
    def fail(_role: str) -> str:
        raise LookupError("postgresql://kith_owner:secret@db/kith")

    custom_resource.serve_custom_resource(event(cloudformation), "stream-7", fail)

    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "LookupError; the traceback is in the log stream stream-7"


def test_deleting_the_stack_touches_no_table(cloudformation: CloudFormation) -> None:
    def never(_role: str) -> str:
        raise AssertionError

    custom_resource.serve_custom_resource(event(cloudformation, "Delete"), "log", never)

    assert cloudformation.answers[0]["Status"] == "SUCCESS"


def test_the_resource_keeps_the_identity_that_it_has(cloudformation: CloudFormation) -> None:
    update = event(cloudformation, "Update")
    update["PhysicalResourceId"] = "kith-schema"

    custom_resource.serve_custom_resource(update, "log", lambda _role: "0004")

    assert cloudformation.answers[0]["PhysicalResourceId"] == "kith-schema"


def test_an_answer_that_is_not_taken_is_given_again(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_resource, "_PAUSES", (0.0, 0.0))
    cloudformation.refusals = 2

    custom_resource.serve_custom_resource(event(cloudformation), "log", lambda _role: "0004")

    assert len(cloudformation.answers) == 1


def test_an_answer_that_is_never_taken_is_an_error(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_resource, "_PAUSES", (0.0, 0.0))
    cloudformation.refusals = 3

    with pytest.raises(OSError, match="503"):
        custom_resource.serve_custom_resource(event(cloudformation), "log", lambda _role: "0004")
