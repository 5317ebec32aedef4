"""The authorizer stands in front of every request: it must start fast."""

import json
import subprocess
import sys

import pytest

_HEAVY = ["fastapi", "sqlalchemy", "pydantic", "boto3"]


@pytest.mark.parametrize("module", _HEAVY)
def test_the_authorizer_starts_without(module: str, imported: set[str]) -> None:
    assert module not in imported


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """What a fresh process has imported once the authorizer's door is open."""
    program = "import json, sys, functions.authorizer.app; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={
            "PYTHONPATH": ".:layers/kith",
            "KITH_STAGE": "test",
            "KITH_PUBLIC_KEYS": '{"keys":[]}',
        },
    )
    return set(json.loads(done.stdout))
