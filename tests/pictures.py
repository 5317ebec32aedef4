"""`python -m tests.pictures`: the README's pictures, taken from a Kith that the demo has filled."""

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image

from infra.demo.__main__ import EMAIL
from infra.demo.__main__ import main as make_demo
from tests.journeys import browser as browsers
from tests.journeys.browser import Browser
from tests.journeys.people import letters_to
from tests.local_cloud import RunningCloud, cloud
from tests.waiting import wait_until

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
# What the README shows of a window of 1200 by 800: left, top, right, bottom.
_LETTER: Final = (240, 0, 960, 500)
_CONSOLE: Final = (100, 20, 1100, 714)
_COLOURS: Final = 128  # a picture of few colours is a small file


def main() -> int:
    if browsers.PROGRAM is None:
        sys.stderr.write("There is no Chromium here, and it takes the pictures.\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        cloud(Path(folder, "kith")) as stack,
        browsers.running(Path(folder, "profile"), scripts=True) as browser,
    ):
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else when we are root
        os.environ["PORT"] = stack.origin.rpartition(":")[2]  # noqa: TID251 - as a caller would
        make_demo()
        browser.wear("desktop", "light")
        _take(browser, _letter(stack), "letter.png", _LETTER)
        _take(browser, stack.origin, "console.png", _CONSOLE)
    return 0


def _letter(stack: RunningCloud) -> str:
    """The address of the first reminder of the demo, as it was sent."""
    with stack.client() as http:
        reminder = wait_until(lambda: letters_to(http, EMAIL)[1:])[0]
    return f"{stack.origin}/_local/mail/{reminder['id']}/html"


def _take(browser: Browser, address: str, name: str, box: tuple[int, int, int, int]) -> None:
    browser.open(address)
    browser.wait_for("document.readyState == 'complete'")
    taken = io.BytesIO(browser.screenshot())
    with Image.open(taken) as image:
        image.convert("RGB").crop(box).quantize(_COLOURS).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
