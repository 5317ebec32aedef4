"""What the gates' own tests work on: copies of the template with a fault planted in them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Plant = Callable[[str, str, str], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The template and its nested ones, and whatever a build of them needs."""
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    (tmp_path / "infra").mkdir()
    for nested in (ROOT / "infra").glob("*.yaml"):
        shutil.copy(nested, tmp_path / "infra")
    return tmp_path


@pytest.fixture
def plant(copy: Path) -> Plant:
    """Replace a piece of one file; it must be there, and only once."""

    def planted(file: str, piece: str, fault: str) -> None:
        text = (copy / file).read_text()
        assert text.count(piece) == 1, piece
        (copy / file).write_text(text.replace(piece, fault))

    return planted


def run(*words: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """One of the gates' commands, as `make gates` runs it."""
    ours = {
        "PATH": f"{ROOT / '.tools/bin'}:{ROOT / '.venv/bin'}:{os.defpath}",
        "PYTHONPATH": str(ROOT),
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
    }
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=os.environ | ours,  # noqa: TID251 - handed on to a child
        capture_output=True,
        text=True,
        check=False,
    )
