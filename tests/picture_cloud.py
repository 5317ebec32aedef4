"""The stand-in for Cloudinary as a server of its own, for the tests that talk to it."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from infra.local.servers.process import LOOPBACK, Program, free_port, running
from kith.avatars.storage import Account
from tests.waiting import HANG_SECONDS

CLOUD: Final = "kith-tests"
KEY: Final = "123456789012345"
SECRET: Final = "abcdefghijklmnopqrstuvwxyza"


@dataclass(frozen=True)
class PictureCloud:
    """A running stand-in; ``origin`` is where it listens."""

    origin: str

    @property
    def url(self) -> str:
        """Its address as ``CLOUDINARY_URL`` has it."""
        return f"cloudinary://{KEY}:{SECRET}@{CLOUD}?upload_prefix={self.origin}"

    def account(self, timeout_seconds: float = HANG_SECONDS) -> Account:
        """As the code under test has it, but for times that a slow machine does not meet."""
        account = Account.read(self.url, local=True)
        return replace(account, timeout_seconds=timeout_seconds, break_seconds=HANG_SECONDS)

    def has_faults(self, **faults: Any) -> None:
        self.ask("PUT", "/_faults", faults)

    def is_well(self) -> None:
        self.ask("DELETE", "/_faults")

    def requests(self) -> list[dict[str, Any]]:
        """What was asked of it since it was last emptied."""
        items = self.ask("GET", "/_requests")["items"]
        assert isinstance(items, list)
        return items

    def forget(self) -> None:
        self.ask("DELETE", "/_requests")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}{path}", content, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=HANG_SECONDS) as answer:  # noqa: S310 - as above
            return json.loads(answer.read())

    def shows(self, address: str) -> bytes | None:
        """What the world sees there; None: nothing."""
        try:
            with urllib.request.urlopen(address, timeout=HANG_SECONDS) as answer:  # noqa: S310 - as above
                return bytes(answer.read())
        except urllib.error.HTTPError:
            return None


def _listens(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/_faults", timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def standing_in(directory: Path) -> Iterator[PictureCloud]:
    port = free_port()
    given = {"port": port, "directory": directory, "cloud": CLOUD, "key": KEY, "secret": SECRET}
    flags = [text for name, value in given.items() for text in (f"--{name}", str(value))]
    program = Program(
        name="cloudinary",
        command=[sys.executable, "-m", "infra.local.cloudinary", *flags],
        log=directory / "log",
        ready=lambda: _listens(port),
    )
    with running(program):
        yield PictureCloud(f"http://{LOOPBACK}:{port}")
