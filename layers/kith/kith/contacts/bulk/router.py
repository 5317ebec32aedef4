"""One action on many contacts, over HTTP."""

from fastapi import Response

from kith import clock
from kith.contacts.bulk.service import run_bulk_action
from kith.contacts.dependencies import CurrentOwner, json_response
from kith.contacts.schemas import BulkAction, BulkResults
from kith.contacts.service import ContactService
from kith.database.unit_of_work import database
from kith.http.application import make_router

router = make_router("contacts")


@router.post("/api/contacts/bulk", operation_id="bulk_contacts", response_model=BulkResults)
async def bulk_contacts(owner: CurrentOwner, payload: BulkAction) -> Response:
    """Delete, restore, tag or untag up to 500 contacts; each has a result of its own."""
    with database().writing() as work:
        results = run_bulk_action(ContactService(work.session, owner, clock.now()), payload)
    return json_response({"items": results})
