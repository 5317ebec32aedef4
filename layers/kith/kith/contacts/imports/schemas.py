"""What clients send and get when they import files."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from kith.contacts.exchange.schemas import Format
from kith.contacts.imports.repository import UNFINISHED
from kith.contacts.models import ImportItem, ImportRecord
from kith.schema_base import Line, RequestModel, ResponseModel, example
from kith.settings import settings

ImportState = Literal["uploading", "queued", "running", "done", "failed", "cancelled", "undone"]

# What columns of CSV are: a header, and the name of a field.
HeaderMapping = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=100)]],
    Field(max_length=200),
]

_IMPORT_ID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
_LONGEST_NAME: Final = 200
_IMPORTS_URL: Final = "/api/contacts/imports"
_IMPORT: Final[dict[str, JsonValue]] = {
    "id": _IMPORT_ID,
    "state": "done",
    "format": "vcard",
    "filename": "contacts.vcf",
    "size": 48213,
    "read": 214,
    "created": 210,
    "updated": 2,
    "skipped": 1,
    "failed": 1,
    "kept_yours": 1,
    "percent": 100,
    "reason": None,
    "created_at": "2026-11-20T09:00:00Z",
    "finished_at": "2026-11-20T09:00:02Z",
    "undone_at": None,
    "undo_until": "2026-12-20T09:00:00Z",
    "undo": f"https://kith.example.com{_IMPORTS_URL}/{_IMPORT_ID}/undo",
}

_UPLOAD: Final[dict[str, JsonValue]] = {
    "url": "https://kith-prod-imports.s3.amazonaws.com/",
    "fields": {"key": "imports/…", "policy": "…", "x-amz-signature": "…"},
    "expires_at": "2026-11-20T10:00:00Z",
}
_REPORT: Final[dict[str, JsonValue]] = {
    "import_id": _IMPORT_ID,
    "summary": {
        "created": 1,
        "updated": 0,
        "skipped": 1,
        "failed": 1,
        "kept_yours": 0,
        "dry_run": False,
    },
    "mapping": None,
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

    @classmethod
    def of(cls, item: ImportItem) -> Self:
        return cls(
            line=item.line,
            status=item.status,
            reason=item.reason,
            id=item.contact_id,
            changes=item.changes,
            kept_yours=item.kept_yours,
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

    import_id: UUID | None = Field(
        description="The import, to be looked at and undone; `null` for a dry run."
    )
    summary: ImportSummary
    mapping: dict[str, str] | None = Field(
        description="What each column of CSV was taken for, by its header; `null` for other files."
    )
    items: list[ImportedCard] = Field(
        description="One for each card; the first ones, where all of them were more than 4 MB."
    )


class Import(ResponseModel):
    """An import: how far it is, what it did, and until when it can be undone."""

    model_config = example(**_IMPORT)

    id: UUID
    state: ImportState
    format: Format | None
    filename: str | None
    size: int = Field(description="Bytes of the file.")
    read: int = Field(description="Cards that are worked through.")
    created: int
    updated: int
    skipped: int
    failed: int
    kept_yours: int = Field(description="Cards with fields that you had changed too.")
    percent: int
    reason: str | None = Field(description="Why it failed.")
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    undo_until: datetime
    undo: str | None = Field(description="Where it is undone; `null` where it cannot be.")

    @classmethod
    def of(cls, record: ImportRecord, at: datetime) -> Self:
        same = {name: getattr(record, name) for name in cls.model_fields if hasattr(record, name)}
        until = record.created_at + settings().import_undo_life
        undoable = record.state not in {*UNFINISHED, "undone"} and at < until
        return cls(
            **same,
            percent=_percent(record),
            undo_until=until,
            undo=f"{import_url(record.id)}/undo" if undoable else None,
        )


def file_name(name: str | None) -> str | None:
    """The name of a file as it is shown again: one line of a bounded length."""
    text = "".join(each for each in name or "" if each.isprintable())
    return text[-_LONGEST_NAME:] or None


def import_url(import_id: UUID) -> str:
    """The address of an import, from the configured origin."""
    return f"{settings().public_base_url}{_IMPORTS_URL}/{import_id}"


def _percent(record: ImportRecord) -> int:
    if record.state in {"done", "undone"}:
        return 100
    return min(99, 100 * record.position // record.size) if record.size else 0


class ImportCreate(RequestModel):
    """A file that is going to be uploaded."""

    model_config = example(format="vcard", size=48213, filename="contacts.vcf")

    format: Format
    size: int = Field(ge=1, description="Bytes of the file; at most 100 MB.")
    filename: Annotated[Line, StringConstraints(max_length=_LONGEST_NAME)] | None = None
    mapping: HeaderMapping | None = Field(
        default=None, description="What columns of CSV are; see `POST /api/contacts/import`."
    )
    day_first: bool | None = None


class Upload(ResponseModel):
    """A form upload: `fields` first, in their order, and the file last, as `file`."""

    model_config = example(**_UPLOAD)

    url: str
    fields: dict[str, str]
    expires_at: datetime


class ImportCreated(Import):
    """A new import, and where its file is uploaded."""

    model_config = example(
        **_IMPORT
        | dict.fromkeys(("read", "created", "updated", "skipped", "failed", "kept_yours"), 0)
        | {"state": "uploading", "percent": 0, "finished_at": None, "undo": None},
        upload=_UPLOAD,
    )

    upload: Upload


class ImportPage(ResponseModel):
    """A page of imports, the newest first."""

    model_config = example(items=[_IMPORT], next_cursor=None)

    items: list[Import]
    next_cursor: str | None


class ImportItemPage(ResponseModel):
    """A page of what became of the cards of an import."""

    model_config = example(items=_REPORT["items"], next_cursor=None)

    items: list[ImportedCard]
    next_cursor: str | None


class KeptContactAnswer(ResponseModel):
    """A contact that an undo left as it is, in whole or in part."""

    model_config = example(id=8, reason="changed_since", fields=["notes"])

    id: int
    reason: Literal["changed_since", "merged_since"] = Field(
        description="`merged_since`: it took in another contact, and stays."
    )
    fields: list[str] = Field(description="What was changed since, so that it stayed.")


class ImportUndoneAnswer(Import):
    """The import, undone: what it created is in the trash, its news are taken back."""

    model_config = example(
        **_IMPORT
        | {"state": "undone", "undone_at": "2026-11-20T10:00:00Z", "undo": None}
        | {"trashed": 210, "reverted": 2},
        kept=[{"id": 8, "reason": "changed_since", "fields": ["notes"]}],
    )

    trashed: int = Field(description="Contacts that it had created, now in the trash.")
    reverted: int = Field(description="Contacts that have values of before again.")
    kept: list[KeptContactAnswer]
