"""Schemathesis takes the OpenAPI document at its word, as two users at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.journeys.people import Person
from tests.local_cloud import RunningCloud, cloud

# What is asked of every answer. That every request of the right shape is accepted is not: a key may
# be used up, a version old, a contact absent.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "use_after_free",
    "object_level_authorization",
)
PLENTY = {
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": "1000000",
    "KITH_CONTACTS_CREATED_PER_DAY": "1000000",
}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[RunningCloud]:
    with cloud(tmp_path, environment=PLENTY) as stack:
        yield stack


def users(stack: RunningCloud, path: Path) -> Path:
    """Two signed-in users, in the form of the Web Fuzzing Commons."""
    entries = []
    for name in ("alice", "bob"):
        with stack.client() as client:
            Person.signed_up(client, name).create_contact(first_name=name)
            header = {"name": "Authorization", "value": client.headers["authorization"]}
        entries.append({"name": name, "fixedHeaders": [header]})
    path.write_text(yaml.safe_dump({"schema_version": "0.2.0", "auth": entries}))
    return path


def test_the_contacts_keep_what_their_document_says(stack: RunningCloud, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{stack.origin}/openapi.json",
        f"--auth-wfc={users(stack, tmp_path / 'users.yaml')}",
        f"--checks={','.join(CHECKS)}",
        "--include-path-regex=^/api/contacts",
        "--exclude-path-regex=/photo",
        "--phases=examples,coverage,fuzzing,stateful",
        "--max-examples=25",
        "--max-time=150",
        "--seed=1",
        "--no-color",
    ]

    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout[-20_000:] + result.stderr[-2_000:]
