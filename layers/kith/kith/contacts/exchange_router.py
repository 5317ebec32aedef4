"""Address books that come and go as files, over HTTP."""

from collections import Counter
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response

from kith import clock
from kith.contacts.answers import as_json
from kith.contacts.arrivals import Mine
from kith.contacts.exchange import files
from kith.contacts.exchange_schemas import ImportReport
from kith.contacts.importing import Import, Prepared, prepare
from kith.contacts.owner import Owner
from kith.database.session import database
from kith.errors import TooLarge
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.settings import settings

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
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file, up to 5 MB.",
        "content": {
            "text/vcard": {"schema": {"type": "string"}, "example": _VCARD},
            "text/csv": {"schema": {"type": "string"}, "example": _CSV},
            "application/json": {"schema": {"type": "object"}, "example": _JSON},
        },
    }
}

DryRun = Annotated[bool, Query(description="Only tell what would be done.")]


@router.post(
    "/api/contacts/import",
    operation_id="import_contacts",
    response_model=ImportReport,
    responses=refusals(400, 409, 413, 415, 422),
    openapi_extra=_FILE,
)
async def import_contacts(request: Request, owner: Mine, *, dry_run: DryRun = False) -> Response:
    """Import a file of contacts; one card that cannot be read stops no other.

    vCard 2.1, 3.0 and 4.0; CSV as Google, Outlook, iCloud and Thunderbird export it; our own JSON.
    The same file again changes nothing.
    Imports count towards how many contacts may live, not towards how many may be created a day.
    """
    body = await _body(request)
    kind = request.headers.get("content-type", "")
    cards = files.read(body, kind, region=owner.region, most=settings().import_cards)
    prepared = prepare(cards, owner)
    report = _rehearsed(owner, prepared) if dry_run else _carried_out(owner, prepared)
    return Response(report, media_type="application/json")


async def _body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > settings().import_bytes:
        raise TooLarge
    return body


def _rehearsed(owner: Owner, prepared: Prepared) -> bytes:
    with database().reading() as connection:
        Import(connection, owner, clock.now()).rehearse(prepared)
    return _report(prepared, dry_run=True)


def _carried_out(owner: Owner, prepared: Prepared) -> bytes:
    with database().writing() as work:
        Import(work.connection, owner, clock.now()).carry_out(prepared)
        return _report(prepared, dry_run=False)


def _report(prepared: Prepared, *, dry_run: bool) -> bytes:
    counts = Counter[str](each.status for each in prepared.outcomes)
    fates = ("created", "updated", "skipped", "failed")
    summary = {fate: counts[fate] for fate in fates} | {"dry_run": dry_run}
    return as_json({"summary": summary, "items": prepared.outcomes})
