"""Lists of contacts over HTTP: searched, sorted, page by page."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from kith.contacts import cursors
from kith.contacts.arrivals import Mine
from kith.contacts.finding import Question, find
from kith.contacts.listing import Sort, Stretch
from kith.contacts.routes.pages import answered
from kith.contacts.schemas import ContactPage
from kith.database.session import database
from kith.http.application import make_router
from kith.http.documented import refusals
from kith.http.paging import Cursor, PageSize, Skip
from kith.shapes import Line

router = make_router("contacts")

Part = Annotated[Line | None, Query(description="A part of it; case and accents do not matter.")]
Words = Annotated[
    Line | None,
    Query(description="Each word must be found in some field, in Cyrillic or in Latin letters."),
]
Tagged = Annotated[Line | None, Query(description="Only contacts with this tag.")]
Favourite = Annotated[bool | None, Query(description="Only favourites, or only others.")]
Sorted = Annotated[
    Sort,
    Query(
        description="`id`: in order of creation; `name`; `updated`: the latest change first; "
        "`birthday`: as the year goes, unknown ones last."
    ),
]
Counted = Annotated[bool, Query(description="Add `total`, the number of all that match.")]


async def _question(  # noqa: PLR0913, PLR0917 - the filters that there are
    first_name: Part = None,
    last_name: Part = None,
    email: Part = None,
    phone: Part = None,
    q: Words = None,
    tag: Tagged = None,
    favourite: Favourite = None,
) -> Question:
    return Question(first_name, last_name, email, phone, q, tag or None, favourite)


async def _stretch(
    sort: Sorted = "id", cursor: Cursor = None, skip: Skip = 0, limit: PageSize = 100
) -> Stretch:
    after = cursors.read(sort, cursor) if cursor else None
    return Stretch(sort, after, skip, limit)


@router.get(
    "/api/contacts",
    operation_id="list_contacts",
    response_model=ContactPage,
    responses=refusals(422),
)
async def list_contacts(
    request: Request,
    owner: Mine,
    question: Annotated[Question, Depends(_question)],
    stretch: Annotated[Stretch, Depends(_stretch)],
    *,
    count: Counted = False,
) -> Response:
    """List contacts, or search them; in order of creation unless sorted."""
    with database().reading() as connection:
        return answered(
            request,
            stretch,
            lambda stretch: find(connection, owner, question, stretch, count=count),
        )
