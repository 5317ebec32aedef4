"""Every repository module is tested with unittest, as the assignment asks."""

from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
LAYER: Final = ROOT / "layers" / "kith"
REPOSITORIES: Final = sorted(LAYER.rglob("*repository.py"))
TESTS: Final = [
    text
    for file in (ROOT / "tests" / "integration").rglob("test_*.py")
    if "unittest.TestCase" in (text := file.read_text())
]


@pytest.mark.parametrize("module", REPOSITORIES, ids=lambda each: str(each.relative_to(LAYER)))
def test_a_repository_has_a_test_of_unittest(module: Path) -> None:
    name = ".".join(module.relative_to(LAYER).with_suffix("").parts)

    assert any(f"from {name} import" in text for text in TESTS)
