"""A bucket for the files of imports, in moto's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from kith import settings as environment
from kith.contacts.imports import uploads


@dataclass(frozen=True)
class UploadBucket:
    """What is in it, as AWS's own client shows it."""

    client: Any
    name: str

    def keys(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [each["Key"] for each in listed]


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server that speaks as S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@contextmanager
def upload_bucket(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadBucket]:
    """A new bucket, which the code under test is set to."""
    name = f"imports-{uuid4().hex}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
    monkeypatch.setenv("KITH_IMPORTS_BUCKET", name)
    environment.settings.cache_clear()
    uploads._client.cache_clear()
    client = uploads._client()
    place = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    yield UploadBucket(client, name)
    uploads._client.cache_clear()
