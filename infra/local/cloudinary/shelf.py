"""The pictures on disk: for each public id its bytes and a JSON file that describes them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """One stored picture. ``created_at`` is RFC 3339, ``version`` seconds since 1970."""

    public_id: str
    version: int
    format: str
    width: int
    height: int
    bytes: int
    etag: str
    asset_id: str
    created_at: str


class Shelf:
    """Where one cloud keeps its pictures."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def put(self, picture: Picture, content: bytes) -> None:
        """The description is written last: a picture without one does not exist."""
        self._replace(self._content_of(picture.public_id), content)
        self._replace(self._file_of(picture.public_id), json.dumps(asdict(picture)).encode())

    def get(self, public_id: str) -> tuple[Picture, bytes] | None:
        file = self._file_of(public_id)
        if not file.exists():
            return None
        return Picture(**json.loads(file.read_bytes())), self._content_of(public_id).read_bytes()

    def remove(self, public_id: str) -> bool:
        """Whether there was one."""
        there = self._file_of(public_id).exists()
        self._file_of(public_id).unlink(missing_ok=True)
        self._content_of(public_id).unlink(missing_ok=True)
        return there

    def beginning_with(self, prefix: str) -> Iterator[str]:
        for file in sorted(self._directory.glob("*.json")):
            public_id = json.loads(file.read_bytes())["public_id"]
            if public_id.startswith(prefix):
                yield public_id

    def _file_of(self, public_id: str) -> Path:
        """Named by a digest: a public id may hold what a file name may not."""
        return self._directory / f"{hashlib.sha256(public_id.encode()).hexdigest()}.json"

    def _content_of(self, public_id: str) -> Path:
        return self._file_of(public_id).with_suffix(".picture")

    def _replace(self, file: Path, content: bytes) -> None:
        unfinished = file.with_name(f".{file.name}.unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(file)


def hexdigest(content: bytes) -> str:
    """The MD5 that answers and ETags name."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
