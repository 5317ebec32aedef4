"""Names what was built: the digest of every file of a build. Equal builds have equal names."""

import hashlib
import sys
from pathlib import Path


def build_id(built: Path) -> str:
    """Sixteen hexadecimal digits over the paths and the bytes."""
    digest = hashlib.sha256()
    for file in sorted(path for path in built.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(built)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    print(build_id(Path(sys.argv[1])))
