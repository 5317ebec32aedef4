"""docs/settings.md is the list of all settings: nothing is missing, nothing has another default."""

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from kith.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/settings.md"


def written(default: Any) -> str:
    if isinstance(default, timedelta):
        return str(int(default.total_seconds()))
    return "" if default is None else str(default)


def test_the_page_names_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert dict(rows) == {
        each.metadata["variable"]: written(each.default) for each in fields(Settings)
    }
