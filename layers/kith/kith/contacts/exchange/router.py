"""Import and export of files, over HTTP.

Readers and writers are imported where they are used: most requests have nothing to do with files.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query, Request, Response
from pydantic_core import to_json
from sqlalchemy import Connection

from kith import clock
from kith.contacts.dependencies import CurrentOwner, IdempotencyKey, stored_response
from kith.contacts.entities import Owner
from kith.contacts.exchange.schemas import Format, ImportReport, VcardVersion
from kith.contacts.idempotency import IdempotencyStore, StoredResponse
from kith.contacts.repository import MAX_CONTACT_ID
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.errors import TooLarge
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import Cursor, decode_cursor, encode_cursor, link_to_next
from kith.http.response_size import MAX_ITEMS_BYTES, fit_items
from kith.settings import settings

if TYPE_CHECKING:
    from kith.contacts.exchange.card import Card
    from kith.contacts.exchange.exporter import ExportPart
    from kith.contacts.exchange.importer import PreparedImport

router = make_router("exchange")

_VCARD: Final = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Шевченко;Іван;;;\r\nFN:Іван Шевченко\r\n"
    "TEL;TYPE=CELL:067 123 45 67\r\nBDAY:1990-05-17\r\nEND:VCARD\r\n"
)
_CSV: Final = (
    "First Name,Last Name,Birthday,Phone 1 - Label,Phone 1 - Value\r\n"
    "Іван,Шевченко,1990-05-17,mobile,067 123 45 67\r\n"
)
_JSON: Final = {
    "contacts": [{"first_name": "Іван", "last_name": "Шевченко", "birthday": "1990-05-17"}]
}
_CONTENT: Final = {
    "text/vcard": {"schema": {"type": "string"}, "example": _VCARD},
    "text/csv": {"schema": {"type": "string"}, "example": _CSV},
    "application/json": {"schema": {"type": "object"}, "example": _JSON},
}
_FILE: Final = {"description": "The file, up to 5 MB.", "required": True, "content": _CONTENT}

DryRunParameter = Annotated[bool, Query(description="Only tell what would be done.")]
DayFirstParameter = Annotated[
    bool | None,
    Query(
        description="Whether `5/6/1990` is the fifth of June. Else the other dates of the file, or "
        "your region, decide, and what was guessed is reported as `birthday_ambiguous`."
    ),
]


@router.post(
    "/api/contacts/import",
    operation_id="import_contacts",
    response_model=ImportReport,
    responses=error_responses(400, 409, 413, 415, 422),
    openapi_extra={"requestBody": _FILE},
)
async def import_contacts(
    request: Request,
    owner: CurrentOwner,
    key: IdempotencyKey,
    *,
    dry_run: DryRunParameter = False,
    day_first: DayFirstParameter = None,
) -> Response:
    """Import a file of contacts; one card that cannot be read stops no other.

    vCard 2.1, 3.0 and 4.0; CSV as Google, Outlook, iCloud and Thunderbird export it; our own JSON.
    The same file again changes nothing.
    Imports count towards how many contacts may live, not towards how many may be created a day.
    """
    from kith.contacts.exchange.importer import Importer, prepare_import, rehearse_import

    extend_deadline(settings().file_time.total_seconds())
    prepared = prepare_import(await _cards(request, owner, day_first=day_first), owner)
    if dry_run:
        with database().reading() as connection:
            rehearse_import(connection, owner, prepared)
        return stored_response(_report(prepared, dry_run=True))
    now = clock.now()
    with database().writing() as work:
        responses = IdempotencyStore(work.connection, owner.id, now)
        if stored := responses.find(key):
            return stored_response(stored)
        Importer(work.session, owner, now).run(prepared)
        report = _report(prepared, dry_run=False)
        responses.store(key, report)
    return stored_response(report)


async def _cards(request: Request, owner: Owner, *, day_first: bool | None) -> "Iterator[Card]":
    from kith.contacts.exchange.dates import FileOrigin
    from kith.contacts.exchange.formats import read_cards

    body = await request.body()
    if len(body) > settings().import_bytes:
        raise TooLarge
    content_type = request.headers.get("content-type", "")
    origin = FileOrigin(owner.region, day_first)
    return read_cards(body, content_type, origin, most=settings().import_cards)


def _report(prepared: "PreparedImport", *, dry_run: bool) -> StoredResponse:
    counts = Counter[str](result.status for result in prepared.results)
    statuses = ("created", "updated", "skipped", "failed")
    summary = {status: counts[status] for status in statuses} | {"dry_run": dry_run}
    items = fit_items([prepared.results], lambda result: result)
    return StoredResponse(200, {}, b'{"summary":%b,"items":%b}' % (to_json(summary), items.json))


_KINDS: Final[dict[Format, tuple[str, str]]] = {
    "vcard": ("text/vcard; charset=utf-8", "contacts.vcf"),
    "csv": ("text/csv; charset=utf-8", "contacts.csv"),
    "json": ("application/json", "contacts.json"),
}
_EXPORTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": 'The file. `Link: <...>; rel="next"` where another part follows.',
        "content": _CONTENT,
    }
}

FormatParameter = Annotated[Format, Query(alias="format", description="What kind of file.")]
VersionParameter = Annotated[VcardVersion, Query(description="Only for vCard: phones read 3.0.")]


@router.get(
    "/api/contacts/export",
    operation_id="export_contacts",
    response_class=Response,
    responses=_EXPORTED | error_responses(422),
)
async def export_contacts(
    owner: CurrentOwner,
    form: FormatParameter = "vcard",
    version: VersionParameter = "3.0",
    cursor: Cursor = None,
) -> Response:
    """Export all contacts as a file that the import reads back.

    An address book of more than 4 MB comes in parts, each a file of its own, with a `Link` to the
    next one. Cells of CSV that a spreadsheet would run are quoted by an apostrophe.
    """
    extend_deadline(settings().file_time.total_seconds())
    after = min(decode_cursor(cursor, (int,))[0], MAX_CONTACT_ID) if cursor else 0
    with database().reading() as connection:
        part = _part(connection, owner, form, version, after)
    media_type, name = _KINDS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if part.last_id:
        query = {"format": form, "version": version, "cursor": encode_cursor([part.last_id])}
        headers["Link"] = link_to_next("/api/contacts/export", query)
    return Response(part.content, headers=headers, media_type=media_type)


def _part(
    connection: Connection, owner: Owner, form: Format, version: VcardVersion, after: int
) -> "ExportPart":
    from kith.contacts.exchange.exporter import Exporter

    export, most = Exporter(connection, owner), min(settings().export_bytes, MAX_ITEMS_BYTES)
    if form == "vcard":
        return export.vcards(after, most, version)
    return export.csv(after, most) if form == "csv" else export.json(after, most)
