"""The table of ASVS: every test that it names exists, and no requirement is without an answer."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs/asvs.md").read_text()
NAMED: Final = sorted(set(re.findall(r"`(test_\w+)::(test_\w+)`", PAGE)))
ROWS: Final = re.findall(r"^\| (\d+\.\d+\.\d+[^|]*) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def functions_of(module: str) -> set[str]:
    return {
        node.name
        for file in (ROOT / "tests").rglob(f"{module}.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_a_test_that_the_table_names_exists(module: str, name: str) -> None:
    assert name in functions_of(module)


def test_every_row_says_what_it_is_about_and_how_it_stands() -> None:
    assert len(ROWS) > 60
    for requirement, about, state in ROWS:
        assert about.strip(), requirement
        assert re.match(r"(met|deviation|not applicable)\b", state), requirement


def test_no_requirement_is_answered_twice() -> None:
    numbers = [each for row in ROWS for each in re.findall(r"\d+\.\d+\.\d+", row[0])]

    assert len(set(numbers)) == len(numbers)
