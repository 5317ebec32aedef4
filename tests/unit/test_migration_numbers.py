"""Migrations are numbered one after another: two branches may have taken the same number."""

import re

from tests.source_metrics import PACKAGE


def test_each_migration_follows_the_one_before() -> None:
    files = sorted((PACKAGE / "migrations/versions").glob("[0-9]*.py"))
    numbers = [file.name[:4] for file in files]
    source = [file.read_text() for file in files]

    revisions = [re.search(r'^revision = "(\d+)"', text, re.MULTILINE) for text in source]
    before = [
        re.search(r'^down_revision = (?:"(\d+)"|None)', text, re.MULTILINE) for text in source
    ]

    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [each[1] if each else None for each in revisions] == numbers
    assert [each[1] if each else "" for each in before] == [None, *numbers[:-1]]
