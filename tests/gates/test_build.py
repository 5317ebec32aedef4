"""What `sam build` makes of a template that does not say what its layers are for."""

from pathlib import Path

from infra.gates import layers
from tests.gates.conftest import ROOT, Plant, run

SAM = ROOT / ".tools/sam/bin/sam"


def test_a_layer_that_forgot_its_processor_is_caught(copy: Path, plant: Plant) -> None:
    """SAM then builds for x86_64 and does not say so."""
    dependencies = """\
    Metadata:
      BuildMethod: makefile
      BuildArchitecture: !Ref Architecture

  KithLayer:
"""
    plant("template.yaml", dependencies, dependencies.replace("!Ref Architecture", "x86_64"))

    built = run(SAM, "build", "--parameter-overrides", "Architecture=arm64", folder=copy)

    assert built.returncode == 0, built.stderr
    found = list(layers.faults(copy / ".aws-sam/build", "arm64"))
    assert any("_rust.abi3.so: built for x86_64" in fault for fault in found)


def test_a_requirement_without_its_hash_is_refused(copy: Path) -> None:
    locked = copy / "layers/dependencies/requirements.txt"
    locked.write_text(locked.read_text() + "\nhttpie==3.2.4\n")

    built = run(SAM, "build", "--parameter-overrides", "Architecture=arm64", folder=copy)

    assert built.returncode
    assert "hash" in built.stderr
