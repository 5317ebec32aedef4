"""What clients send and get when they import files."""

from typing import Final, Literal

from pydantic import Field, JsonValue

from kith.schema_base import ResponseModel, example

_REPORT: Final[dict[str, JsonValue]] = {
    "summary": {
        "created": 1,
        "updated": 0,
        "skipped": 1,
        "failed": 1,
        "kept_yours": 0,
        "dry_run": False,
    },
    "items": [
        {
            "line": 1,
            "status": "created",
            "reason": None,
            "id": 8,
            "changes": ["birthday_year_dropped"],
            "kept_yours": [],
        },
        {
            "line": 9,
            "status": "skipped",
            "reason": "unchanged",
            "id": 3,
            "changes": [],
            "kept_yours": [],
        },
        {
            "line": 15,
            "status": "failed",
            "reason": "no_name",
            "id": None,
            "changes": [],
            "kept_yours": [],
        },
    ],
}


class ImportedCard(ResponseModel):
    """What became of one card, row or item of a file."""

    line: int = Field(
        description="The line of the file where it begins, from 1; for JSON which item it is."
    )
    status: Literal["created", "updated", "skipped", "failed"]
    reason: str | None = Field(
        description="Why it was skipped (`unchanged`, `already_there`, `twice_in_the_file`, "
        "`kept_yours`, `group_card`) or failed (`no_name`, `card_empty`, `outside_of_any_card`, "
        "`quote_never_closed`, `not_an_object`, `not_acceptable`, `refused`, `address_book_full`, "
        "`trash_full`)."
    )
    id: int | None = Field(description="The contact; `null` where there is none, or not yet.")
    changes: list[str] = Field(
        description="What was changed on the way in, such as `birthday_year_dropped`, "
        "`birthday_ambiguous`, `birthday_kept_as_text`, `characters_lost`, `emails_kept_in_extra`, "
        "`name_from_email`, `values_skipped`, `end_missing`."
    )
    kept_yours: list[str] = Field(
        description="The fields that the file changed since it was imported last and you too, so "
        "that yours stayed; `extra.company` is one of `extra`."
    )


class ImportSummary(ResponseModel):
    """How many cards met which fate."""

    created: int
    updated: int
    skipped: int
    failed: int
    kept_yours: int = Field(description="How many have fields that you had changed too.")
    dry_run: bool


class ImportReport(ResponseModel):
    """What an import did, or would do."""

    model_config = example(**_REPORT)

    summary: ImportSummary
    items: list[ImportedCard] = Field(
        description="One for each card; the first ones, where all of them were more than 4 MB."
    )
