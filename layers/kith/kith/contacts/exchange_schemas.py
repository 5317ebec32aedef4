"""What clients send and get when address books are exchanged, compared and merged."""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from kith.shapes import Answer

_REPORT: Final[dict[str, Any]] = {
    "summary": {"created": 1, "updated": 0, "skipped": 1, "failed": 1, "dry_run": False},
    "items": [
        {
            "line": 1,
            "status": "created",
            "reason": None,
            "id": 8,
            "changes": ["birthday_year_dropped"],
        },
        {"line": 9, "status": "skipped", "reason": "unchanged", "id": 3, "changes": []},
        {"line": 15, "status": "failed", "reason": "no_name", "id": None, "changes": []},
    ],
}


class ImportedCard(Answer):
    """What became of one card, row or item of a file."""

    line: int = Field(
        description="The line of the file where it begins, from 1; for JSON which item it is."
    )
    status: Literal["created", "updated", "skipped", "failed"]
    reason: str | None = Field(
        description="Why it was skipped (`unchanged`, `already_there`, `twice_in_the_file`, "
        "`group_card`) or failed (`no_name`, `card_empty`, `outside_of_any_card`, "
        "`quote_never_closed`, `not_an_object`, `not_acceptable`, `refused`, `address_book_full`)."
    )
    id: int | None = Field(description="The contact; `null` where there is none, or not yet.")
    changes: list[str] = Field(
        description="What was changed on the way in, such as `birthday_year_dropped`, "
        "`birthday_kept_as_text`, `emails_kept_in_extra`, `name_from_email`, `end_missing`."
    )


class ImportSummary(Answer):
    """How many cards met which fate."""

    created: int
    updated: int
    skipped: int
    failed: int
    dry_run: bool


class ImportReport(Answer):
    """What an import did, or would do."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REPORT]})

    summary: ImportSummary
    items: list[ImportedCard]
