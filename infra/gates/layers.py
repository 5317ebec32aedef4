"""Looks into what `sam build` made: the processor of each binary, and the byte code of each module.

A layer without `BuildArchitecture` is built for x86_64 without a word, and byte code that asks for
the time of its source is stale after packaging: neither shows before the first cold start on AWS.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MACHINES: Final = {b"\x3e\x00": "x86_64", b"\xb7\x00": "arm64"}
_BYTE_CODE: Final = b"\xf3\r\r\n"  # importlib.util.MAGIC_NUMBER of CPython 3.13
_UNCHECKED_HASH: Final = b"\x01\x00\x00\x00"


def faults(built: Path, architecture: str) -> Iterator[str]:
    """What is wrong with a folder of built layers, one line each."""
    binaries = 0
    for file in sorted(built.rglob("*.so*")):
        machine = _machine(file)
        binaries += machine is not None
        if machine not in {None, architecture}:
            yield f"{file.relative_to(built)}: built for {machine}"
    if not binaries:
        yield "no binary at all: was the layer built?"
    for source in sorted(built.rglob("*.py")):
        if "python" in source.relative_to(built).parts:
            yield from _byte_code_faults(source, built)


def _machine(file: Path) -> str | None:
    with file.open("rb") as opened:
        head = opened.read(20)
    if head[:4] != b"\x7fELF":
        return None
    return _MACHINES.get(head[18:20], "another processor")


def _byte_code_faults(source: Path, built: Path) -> Iterator[str]:
    compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
    if not compiled.is_file():
        yield f"{source.relative_to(built)}: no byte code"
        return
    with compiled.open("rb") as opened:
        head = opened.read(8)
    if head[:4] != _BYTE_CODE:
        yield f"{source.relative_to(built)}: byte code of another Python"
    elif head[4:8] != _UNCHECKED_HASH:
        yield f"{source.relative_to(built)}: byte code that goes stale"


def main() -> int:
    built, architecture = Path(sys.argv[1]), sys.argv[2]
    found = list(faults(built, architecture))
    for line in found[:20]:
        print(line, file=sys.stderr)
    if not found:
        print(f"{built}: every binary is for {architecture}, every module has byte code")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
