"""Import of files, over HTTP.

Readers are imported where they are used: most requests have nothing to do with files.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Query, Request, Response
from pydantic_core import to_json

from kith import clock
from kith.contacts.dependencies import CurrentOwner, IdempotencyKey, stored_response
from kith.contacts.entities import Owner
from kith.contacts.exchange.schemas import FILE_CONTENT
from kith.contacts.idempotency import IdempotencyStore, StoredResponse
from kith.contacts.imports.schemas import ImportReport
from kith.database.unit_of_work import database
from kith.deadline import extend_deadline
from kith.errors import TooLarge
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.response_size import fit_items
from kith.settings import settings

if TYPE_CHECKING:
    from kith.contacts.exchange.card import Card
    from kith.contacts.imports.importer import PreparedImport

router = make_router("exchange")

_FILE: Final = {"description": "The file, up to 5 MB.", "required": True, "content": FILE_CONTENT}

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
    from kith.contacts.imports.importer import Importer, prepare_import, rehearse_import

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
    kept = sum(bool(result.kept_yours) for result in prepared.results)
    summary = {status: counts[status] for status in statuses}
    summary |= {"kept_yours": kept, "dry_run": dry_run}
    items = fit_items([prepared.results], lambda result: result)
    return StoredResponse(200, {}, b'{"summary":%b,"items":%b}' % (to_json(summary), items.json))
