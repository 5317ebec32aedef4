"""Services that do not come up: which, and why, out of what Docker says."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.sam.compose import Compose

ROOT = Path(__file__).parents[3]


def container(name: str, status: str, health: str, output: str = "") -> dict[str, Any]:
    checks = [{"Output": output}] if output else []
    state = {"Status": status, "Health": {"Status": health, "Log": checks}}
    return {"Id": name, "Name": f"/{name}", "State": state}


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker that says what `inspected.json` holds, and notes what it was asked."""
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$*" >> {tmp_path}/asked\n'
        f'case "$1" in inspect) cat {tmp_path}/inspected.json;;\n'
        'logs) echo "no space left" >&2;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


@pytest.mark.anyio
async def test_a_service_that_ended_is_named_with_its_last_words_at_once(docker: Path) -> None:
    found = [container("kith_moto_1", "running", "healthy"), container("kith_db_1", "exited", "x")]
    (docker / "inspected.json").write_text(json.dumps(found))

    with pytest.raises(TimeoutError, match="kith_db_1 is exited: no space left"):
        await Compose("kith").up()


@pytest.mark.anyio
async def test_a_service_that_stays_ill_is_named_with_what_its_check_says(
    docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.sam.compose.READY_WITHIN_S", -1)
    ill = container("kith_moto_1", "running", "unhealthy", "connection refused\n")
    (docker / "inspected.json").write_text(json.dumps([ill]))

    with pytest.raises(TimeoutError, match="kith_moto_1 is unhealthy: connection refused"):
        await Compose("kith").up()


def test_moto_has_the_version_of_the_lock() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    (locked,) = [
        line.split("==")[1].split()[0]
        for line in (ROOT / "requirements-dev.txt").read_text().splitlines()
        if line.startswith("moto==")
    ]

    assert f"image: motoserver/moto:{locked}" in compose


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
