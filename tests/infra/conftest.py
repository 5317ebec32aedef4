"""The template as the tests of infrastructure see it: plain mappings, `!Ref x` as `{Ref: x}`."""

from pathlib import Path
from typing import Any

import pytest

from infra.local.stack import loader as reader
from infra.local.stack.intrinsics import Located, load
from infra.local.stack.model import Stack

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def template() -> Located:
    return load(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def resources(template: Located) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]
    return found


@pytest.fixture(scope="session")
def functions(resources: dict[str, Any]) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="session")
def stack() -> Stack:
    """What the local cloud makes of the template."""
    return reader.read(ROOT / "template.yaml", {"Stage": "local"}, {})


@pytest.fixture(scope="session")
def data() -> dict[str, Any]:
    """The resources of the data stack."""
    found: dict[str, Any] = load(ROOT / "infra/data.yaml")["Resources"]
    return found
