"""One thing done with many contacts, over HTTP."""

from fastapi import Response

from kith import clock
from kith.contacts import bulk
from kith.contacts.arrivals import Mine, answer
from kith.contacts.schemas import BulkAction, BulkResults
from kith.contacts.service import Book
from kith.database.session import database
from kith.http.application import make_router

router = make_router("contacts")


@router.post("/api/contacts/bulk", operation_id="bulk_contacts", response_model=BulkResults)
async def bulk_contacts(owner: Mine, sent: BulkAction) -> Response:
    """Delete, restore, tag or untag up to 500 contacts; each has a result of its own."""
    with database().writing() as work:
        results = bulk.carry_out(Book(work.connection, owner, clock.now()), sent)
    return answer({"items": results})
