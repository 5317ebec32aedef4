"""The gates that need no SAM toolchain, each against the fault that it is there for."""

import struct
from pathlib import Path

import pytest

from infra.gates import build_id, layers, parameters

X86_64, ARM64 = 0x3E, 0xB7
UNCHECKED, TIMED = 1, 0


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A layer with one binary for arm64 and one compiled module."""
    site = tmp_path / "DependenciesLayer/python"
    (site / "__pycache__").mkdir(parents=True)
    (site / "fast.so").write_bytes(binary(ARM64))
    (site / "module.py").write_text("1\n")
    compiled(site).write_bytes(byte_code(UNCHECKED))
    return tmp_path


def binary(machine: int) -> bytes:
    return b"\x7fELF" + bytes(14) + struct.pack("<H", machine)


def byte_code(flags: int) -> bytes:
    return b"\xf3\r\r\n" + struct.pack("<I", flags) + bytes(8)


def site_of(built: Path) -> Path:
    return built / "DependenciesLayer/python"


def compiled(site: Path) -> Path:
    return site / "__pycache__/module.cpython-313.pyc"


def test_a_sound_layer_passes(built: Path) -> None:
    assert list(layers.faults(built, "arm64")) == []


def test_a_binary_for_another_processor_is_found(built: Path) -> None:
    (site_of(built) / "slow.so.1").write_bytes(binary(X86_64))

    assert list(layers.faults(built, "arm64")) == [
        "DependenciesLayer/python/slow.so.1: built for x86_64"
    ]


def test_a_layer_that_was_not_built_is_found(built: Path) -> None:
    (site_of(built) / "fast.so").unlink()

    assert "no binary at all: was the layer built?" in layers.faults(built, "arm64")


def test_a_module_without_byte_code_is_found(built: Path) -> None:
    compiled(site_of(built)).unlink()

    assert list(layers.faults(built, "arm64")) == [
        "DependenciesLayer/python/module.py: no byte code"
    ]


def test_byte_code_that_goes_stale_is_found(built: Path) -> None:
    compiled(site_of(built)).write_bytes(byte_code(TIMED))

    assert list(layers.faults(built, "arm64")) == [
        "DependenciesLayer/python/module.py: byte code that goes stale"
    ]


def test_byte_code_of_another_python_is_found(built: Path) -> None:
    compiled(site_of(built)).write_bytes(b"\xcb\r\r\n" + byte_code(UNCHECKED)[4:])

    assert list(layers.faults(built, "arm64")) == [
        "DependenciesLayer/python/module.py: byte code of another Python"
    ]


def test_one_changed_byte_gives_the_build_another_name(built: Path) -> None:
    before = build_id.build_id(built)
    (site_of(built) / "module.py").write_text("2\n")

    assert build_id.build_id(built) != before


def test_a_deployment_keeps_the_parameters_of_its_installation() -> None:
    merged = parameters.with_more(Path("samconfig.toml"), "prod", ["BuildId=one"])

    overrides = merged["prod"]["deploy"]["parameters"]["parameter_overrides"]
    assert "Stage=prod" in overrides
    assert overrides[-1] == "BuildId=one"
