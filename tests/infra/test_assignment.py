"""The page for whoever comes from the homework names tests that exist."""

import re

from infra.local.configuration import ROOT

PAGE = ROOT / "docs/assignment.md"


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:tests|docs)/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text("utf-8"))

    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists()
        or (test and f"def {test}(" not in (ROOT / file).read_text("utf-8"))
    ]

    assert len(named) > 25
    assert missing == []
