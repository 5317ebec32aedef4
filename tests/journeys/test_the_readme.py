"""The commands of the README do what it says, as they stand there."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.local_cloud import RunningCloud

README: Final = Path(__file__).parents[2] / "README.md"
SECTION: Final = "## The first five minutes"
SEPARATOR: Final = "=== end of the answer ==="


@pytest.fixture
def origin(stack: RunningCloud) -> Iterator[str]:
    yield stack.origin.removeprefix("http://")
    with stack.client() as http:
        http.delete("/_local/clock")


def steps() -> list[tuple[str, str]]:
    """Each command of the section with the answer that is printed under it."""
    text = README.read_text().partition(SECTION)[2].partition("\n## ")[0]
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = step.partition("\n")
            found.append((command, answer.strip()))
    return found


def test_the_readmes_commands_answer_as_it_says(origin: str) -> None:
    commands = [command.replace("localhost:8000", origin) for command, _ in steps()]
    script = "\n".join(f"{each}\necho; echo '{SEPARATOR}'" for each in commands)

    run = subprocess.run(
        ["/bin/bash", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},  # noqa: TID251 - for bash and curl
    )

    answers = [each.strip() for each in run.stdout.split(SEPARATOR)]
    assert len(commands) > 10
    other = [
        (command, answer)
        for (command, shown), answer in zip(steps(), answers, strict=False)
        if not re.fullmatch(_pattern(shown), answer, re.DOTALL)
    ]
    assert other == []


def _pattern(shown: str) -> str:
    """An ellipsis stands for whatever is different each time, or too long to be shown."""
    return ".*".join(re.escape(part) for part in shown.split("…"))
