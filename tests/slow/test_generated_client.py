"""A client that `openapi-python-client` makes of the document works, and stumbles over no refusal.

The generator lives in an environment of its own (`make .tools/clients/.made`).
"""

import subprocess
from pathlib import Path

from infra.local.configuration import ROOT
from tests.journeys.people import Person
from tests.local_cloud import cloud

TOOLS = ROOT / ".tools" / "clients" / "bin"
JOURNEY = Path(__file__).with_name("journey_of_a_generated_client.py")


def done(*command: str, directory: Path) -> str:
    found = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-5_000:] + found.stderr[-5_000:]
    return found.stdout


def test_a_generated_client_walks_the_main_way(tmp_path: Path) -> None:
    with cloud(tmp_path / "cloud") as stack, stack.client() as client:
        Person.signed_up(client, "alice")
        token = client.headers["authorization"].removeprefix("Bearer ")
        document = tmp_path / "openapi.json"
        document.write_bytes(client.get("/openapi.json").content)

        generator = str(TOOLS / "openapi-python-client")
        done(generator, "generate", f"--path={document}", directory=tmp_path)

        python, folder = str(TOOLS / "python"), str(tmp_path / "kith-client")
        done(python, str(JOURNEY), folder, stack.origin, token, directory=tmp_path)
