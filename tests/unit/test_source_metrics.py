"""Rules about names, types and folders that no linter knows."""

from pathlib import Path

from tests.source_metrics import (
    any_per_1000_lines,
    definitions,
    modules_per_folder,
    public_names,
    source_files,
)

MOST_ANY_PER_1000_LINES = 8
LARGEST_FOLDER = 20
# Each package has one of these; FastAPI's documentation calls them so.
SHARED_NAMES = {"router", "ROUTERS"}


def test_any_is_for_json_at_the_edges_only() -> None:
    assert any_per_1000_lines(source_files()) <= MOST_ANY_PER_1000_LINES


def test_a_public_name_means_one_thing_in_the_whole_package() -> None:
    homonyms = {
        name: modules
        for name, modules in definitions(source_files()).items()
        if len(modules) > 1 and name not in SHARED_NAMES and not _are_one_thing(modules)
    }

    assert homonyms == {}


def _are_one_thing(modules: list[str]) -> bool:
    """The mapped class and the schema of the same thing may have the same name."""
    return sorted(module.rpartition(".")[2] for module in modules) == ["models", "schemas"]


def test_no_folder_is_too_long_to_read() -> None:
    assert max(modules_per_folder(source_files()).values()) <= LARGEST_FOLDER


def test_any_is_counted_as_a_word(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("from typing import Any\n\nMany = dict[str, Any]\n")

    assert any_per_1000_lines([file]) == 1000


def test_only_what_a_module_defines_in_public_is_a_name(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("import json\nA = 1\nB: int = 2\n_C = 3\nclass D: ...\ndef e(): f = 1\n")

    assert set(public_names(file)) == {"A", "B", "D", "e"}
