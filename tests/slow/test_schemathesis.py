"""Schemathesis takes the OpenAPI document at its word, as two users at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from infra.local.configuration import ROOT
from infra.local.servers.process import bare_environment
from tests.journeys.people import Person
from tests.local_cloud import RunningCloud, cloud

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
PLENTY = {
    "KITH_CONTACTS_REQUESTS_PER_MINUTE": "1000000",
    "KITH_CONTACTS_CREATED_PER_DAY": "1000000",
    "KITH_ACCOUNT_REQUESTS_PER_MINUTE": "1000000",
    "KITH_LOGINS_PER_ORIGIN_PER_MINUTE": "1000000",
    "KITH_REFRESHES_PER_ORIGIN_PER_MINUTE": "1000000",
    "KITH_PICTURES_PER_HOUR": "1000000",
    "KITH_ACCESS_TOKEN_SECONDS": "86400",
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


def run(stack: RunningCloud, directory: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CONFIGURATION}",
        "run",
        f"{stack.origin}/openapi.json",
        f"--auth-wfc={users(stack, directory / 'users.yaml')}",
        "--phases=examples,coverage,fuzzing,stateful",
        "--max-examples=25",
        "--seed=1",
        "--no-color",
        *more,
    ]
    environment = {**bare_environment(), "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'kith'}"}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("paths", ["^/api/contacts", "^/(?!api/contacts)"])
def test_the_api_keeps_what_its_document_says(
    stack: RunningCloud, tmp_path: Path, paths: str
) -> None:
    """Positive and negative, stateful, as two users. What ends a session is left out."""
    ending = "logout|auth/sessions|password/change"

    found = run(stack, tmp_path, f"--include-path-regex={paths}", f"--exclude-path-regex={ending}")

    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr[-2_000:]
