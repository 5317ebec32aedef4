"""What clients send and get when address books are exchanged, compared and merged."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

from kith.contacts.repository import MAX_CONTACT_ID
from kith.contacts.schemas import CONTACT_EXAMPLE, Contact
from kith.schema_base import RequestModel, ResponseModel, example

Format = Literal["vcard", "csv", "json"]
VcardVersion = Literal["3.0", "4.0"]

MOST_MERGED: Final = 50
_MERGE_ID: Final = "6f1d0b7e-6a53-4c0e-9d61-0d1f2a3b4c5d"
_MERGE: Final[dict[str, JsonValue]] = {"into": 8, "from": [9]}
_REPORT: Final[dict[str, JsonValue]] = {
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


class ImportedCard(ResponseModel):
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
        "`birthday_ambiguous`, `birthday_kept_as_text`, `characters_lost`, `emails_kept_in_extra`, "
        "`name_from_email`, `values_skipped`, `end_missing`."
    )


class ImportSummary(ResponseModel):
    """How many cards met which fate."""

    created: int
    updated: int
    skipped: int
    failed: int
    dry_run: bool


class ImportReport(ResponseModel):
    """What an import did, or would do."""

    model_config = example(**_REPORT)

    summary: ImportSummary
    items: list[ImportedCard] = Field(
        description="One for each card; the first ones, where all of them were more than 4 MB."
    )


class Duplicate(ResponseModel):
    """Two contacts that may be one person, the older one first."""

    contacts: list[Contact]
    reasons: list[Literal["same_email", "same_phone", "same_name"]] = Field(
        description="`same_name`: with birthdays that do not contradict each other."
    )


class DuplicatePage(ResponseModel):
    """Pairs of contacts that may be one person."""

    model_config = example(
        items=[
            {
                "contacts": [CONTACT_EXAMPLE, CONTACT_EXAMPLE | {"id": 9}],
                "reasons": ["same_email", "same_name"],
            }
        ],
        next_cursor=None,
        total=1,
    )

    items: list[Duplicate]
    next_cursor: str | None
    total: int | None = Field(default=None, description="Only with `count=true`.")


_Id = Annotated[int, Field(ge=1, le=MAX_CONTACT_ID)]


class MergeRequest(RequestModel):
    """Which contact takes in which others."""

    model_config = example(**_MERGE)

    into: _Id = Field(description="The one that stays.")
    losers: list[_Id] = Field(
        alias="from", min_length=1, max_length=MOST_MERGED, description="Those that it takes in."
    )

    @model_validator(mode="after")
    def _all_different(self) -> Self:
        if len({self.into, *self.losers}) <= len(self.losers):
            raise ValueError("every contact may be named once")
        return self


class MergeAnswer(ResponseModel):
    """The contact that took the others in, and how to undo it."""

    model_config = example(
        merge_id=_MERGE_ID, contact=CONTACT_EXAMPLE, undo_until="2026-12-20T09:00:00Z"
    )

    merge_id: UUID
    contact: Contact
    undo_until: datetime


class MergeUndoneAnswer(ResponseModel):
    """The contact as it is without the others, and those that are back."""

    model_config = example(contact=CONTACT_EXAMPLE, restored=[9])

    contact: Contact | None = Field(description="`null` where it was removed for good since.")
    restored: list[int]
