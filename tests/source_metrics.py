"""What the source of the package can be measured by: `make metrics` prints it."""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1] / "layers/kith/kith"
_ANY: Final = re.compile(r"\bAny\b")


def source_files(package: Path = PACKAGE) -> list[Path]:
    """The modules of the package; migrations that have run are history."""
    return sorted(path for path in package.rglob("*.py") if "versions" not in path.parts)


def any_per_1000_lines(files: list[Path]) -> float:
    """How often the word ``Any`` stands in 1 000 lines that are not blank, imports included."""
    lines = [line for file in files for line in file.read_text().splitlines() if line.strip()]
    return 1000 * sum(len(_ANY.findall(line)) for line in lines) / max(1, len(lines))


def public_names(file: Path) -> Iterator[str]:
    """What a module defines at its first level, imports and private names aside."""
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names = [name]
            case ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from {name for name in names if not name.startswith("_")}


def definitions(files: list[Path], package: Path = PACKAGE) -> dict[str, list[str]]:
    """The modules that define each public name."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        module = ".".join(file.relative_to(package).with_suffix("").parts)
        for name in public_names(file):
            found[name].append(module)
    return found


def modules_per_folder(files: list[Path]) -> Counter[Path]:
    """How many modules each folder holds, ``__init__`` aside."""
    return Counter(file.parent for file in files if file.name != "__init__.py")


def main() -> None:
    by_package: dict[str, list[Path]] = defaultdict(list)
    for file in source_files():
        by_package[file.relative_to(PACKAGE).parts[0].removesuffix(".py")].append(file)
    for name, files in [*sorted(by_package.items()), ("kith", source_files())]:
        lines = sum(bool(line.strip()) for file in files for line in file.read_text().splitlines())
        sys.stdout.write(
            f"{name:14}{len(files):4} modules{lines:7} lines{any_per_1000_lines(files):7.1f} Any\n"
        )


if __name__ == "__main__":
    main()
