"""A deployment publishes every function, also when only a layer changed."""

import json
import re
from pathlib import Path

from tests.gates.conftest import ROOT, run


def versions(build: str, folder: Path) -> set[str]:
    """The published versions that CloudFormation would see for a build."""
    python = ROOT / ".tools/sam/bin/python"
    words = ("-m", "infra.gates.translate", "template.yaml", folder / build, f"BuildId={build}")
    assert run(python, *words).returncode == 0
    resources = json.loads((folder / build / "template.json").read_text())["Resources"]
    return {name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version"}


def test_another_build_is_another_version_of_every_function(tmp_path: Path) -> None:
    """The build's name follows from its bytes, those of the layers among them."""
    one, other = versions("one", tmp_path), versions("other", tmp_path)

    functions = re.findall(
        r"Type: AWS::Serverless::Function\n", (ROOT / "template.yaml").read_text()
    )
    assert len(one) == len(other) == len(functions)
    assert not one & other


def test_the_same_build_publishes_nothing_new(tmp_path: Path) -> None:
    assert versions("one", tmp_path / "a") == versions("one", tmp_path / "b")
