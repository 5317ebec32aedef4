"""What clients send and get when address books are exchanged, compared and merged."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

from kith.contacts.models import Merge
from kith.contacts.repository import MAX_CONTACT_ID
from kith.contacts.schemas import CONTACT_EXAMPLE, Contact
from kith.schema_base import RequestModel, ResponseModel, example
from kith.settings import settings

Format = Literal["vcard", "csv", "json"]
VcardVersion = Literal["3.0", "4.0"]

MOST_MERGED: Final = 50
_MERGE_ID: Final = "6f1d0b7e-6a53-4c0e-9d61-0d1f2a3b4c5d"
_MERGE: Final[dict[str, JsonValue]] = {"into": 8, "from": [9]}
_MERGE_ITEM: Final[dict[str, JsonValue]] = _MERGE | {
    "merge_id": _MERGE_ID,
    "created_at": "2026-11-20T09:00:00Z",
    "undone_at": None,
    "undo_until": "2026-12-20T09:00:00Z",
    "undo": f"https://kith.example.com/api/contacts/merges/{_MERGE_ID}/undo",
}
_VCARD_FILE: Final = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Шевченко;Іван;;;\r\nFN:Іван Шевченко\r\n"
    "TEL;TYPE=CELL:067 123 45 67\r\nBDAY:1990-05-17\r\nEND:VCARD\r\n"
)
_CSV_FILE: Final = (
    "First Name,Last Name,Birthday,Phone 1 - Label,Phone 1 - Value\r\n"
    "Іван,Шевченко,1990-05-17,mobile,067 123 45 67\r\n"
)
_JSON_FILE: Final = {
    "contacts": [{"first_name": "Іван", "last_name": "Шевченко", "birthday": "1990-05-17"}]
}
# What the import reads and the export writes, with an example of each.
FILE_CONTENT: Final = {
    "text/vcard": {"schema": {"type": "string"}, "example": _VCARD_FILE},
    "text/csv": {"schema": {"type": "string"}, "example": _CSV_FILE},
    "application/json": {"schema": {"type": "object"}, "example": _JSON_FILE},
}


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


class MergeItem(ResponseModel):
    """A merge of the last 30 days."""

    model_config = example(**_MERGE_ITEM)

    merge_id: UUID
    into: int
    losers: list[int] = Field(serialization_alias="from")
    created_at: datetime
    undone_at: datetime | None
    undo_until: datetime
    undo: str | None = Field(
        description="Where it is undone; `null` where it was, or where a later merge comes first."
    )

    @classmethod
    def of(cls, merge: Merge, *, overtaken: bool) -> Self:
        url = f"{settings().public_base_url}/api/contacts/merges/{merge.id}/undo"
        return cls(
            merge_id=merge.id,
            into=merge.winner_id,
            losers=merge.loser_ids,
            created_at=merge.created_at,
            undone_at=merge.undone_at,
            undo_until=merge.created_at + settings().merge_undo_life,
            undo=None if merge.undone_at or overtaken else url,
        )


class MergePage(ResponseModel):
    """A page of merges, the newest first."""

    model_config = example(items=[_MERGE_ITEM], next_cursor=None)

    items: list[MergeItem]
    next_cursor: str | None


class MergeUndoneAnswer(ResponseModel):
    """The contact as it is without the others, and those that are back."""

    model_config = example(contact=CONTACT_EXAMPLE, restored=[9])

    contact: Contact | None = Field(description="`null` where it was removed for good since.")
    restored: list[int]
