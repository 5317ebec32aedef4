"""Export of files, over HTTP.

Readers and writers are imported where they are used: most requests have nothing to do with files.
"""

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query, Response
from sqlalchemy import Connection

from kith.contacts.dependencies import CurrentOwner
from kith.contacts.entities import Owner
from kith.contacts.exchange.schemas import FILE_CONTENT, Format, VcardVersion
from kith.contacts.repository import MAX_CONTACT_ID
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.http.application import make_router
from kith.http.openapi import headers_of
from kith.http.pagination import Cursor, decode_cursor, encode_cursor, link_to_next
from kith.http.response_size import MAX_ITEMS_BYTES
from kith.settings import settings

if TYPE_CHECKING:
    from kith.contacts.exchange.exporter import ExportPart

router = make_router("exchange")

_KINDS: Final[dict[Format, tuple[str, str]]] = {
    "vcard": ("text/vcard; charset=utf-8", "contacts.vcf"),
    "csv": ("text/csv; charset=utf-8", "contacts.csv"),
    "json": ("application/json", "contacts.json"),
}
_EXPORTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": 'The file. `Link: <...>; rel="next"` where another part follows.',
        "content": FILE_CONTENT,
        "headers": headers_of("Content-Disposition", "Link"),
    }
}

FormatParameter = Annotated[Format, Query(alias="format", description="What kind of file.")]
VersionParameter = Annotated[VcardVersion, Query(description="Only for vCard: phones read 3.0.")]


@router.get(
    "/api/contacts/export",
    operation_id="export_contacts",
    response_class=Response,
    responses=_EXPORTED,
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
