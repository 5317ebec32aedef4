"""One action on many contacts, over HTTP."""

from fastapi import Response

from kith.contacts.bulk.service import run_bulk_action
from kith.contacts.dependencies import CurrentOwner, json_response, writing_contacts
from kith.contacts.schemas import BulkAction, BulkResults
from kith.http.application import make_router

router = make_router("contacts")


@router.post("/api/contacts/bulk", operation_id="bulk_contacts", response_model=BulkResults)
async def bulk_contacts(owner: CurrentOwner, payload: BulkAction) -> Response:
    """Delete, restore, tag or untag up to 500 contacts; each has a result of its own."""
    with writing_contacts(owner) as service:
        results = run_bulk_action(service, payload)
    return json_response({"items": results})
