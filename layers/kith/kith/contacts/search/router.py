"""Lists of contacts over HTTP: searched, sorted, page by page."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from kith.contacts.dependencies import BOOK_PATH, CurrentOwner, ShownFields
from kith.contacts.schemas import ContactPage
from kith.contacts.search.cursors import decode_sort_cursor
from kith.contacts.search.page_response import page_response
from kith.contacts.search.repository import PageRequest, Sort
from kith.contacts.search.service import SearchQuery, count_contacts, search_contacts
from kith.database.unit_of_work import database
from kith.http.application import make_router
from kith.http.openapi import error_responses
from kith.http.pagination import Cursor, PageSize, Skip
from kith.schema_base import Line

router = make_router("contacts")

NamePartParameter = Annotated[
    Line | None, Query(description="A part of it; case and accents do not matter.")
]
SearchWordsParameter = Annotated[
    Line | None,
    Query(description="Each word must be found in some field, in Cyrillic or in Latin letters."),
]
TagParameter = Annotated[Line | None, Query(description="Only contacts with this tag.")]
FavouriteParameter = Annotated[bool | None, Query(description="Only favourites, or only others.")]
SortParameter = Annotated[
    Sort,
    Query(
        description="`id`: in order of creation; `name`; `updated`: the latest change first; "
        "`birthday`: as the year goes, unknown ones last."
    ),
]
CountParameter = Annotated[bool, Query(description="Add `total`, the number of all that match.")]


async def _search_query(  # noqa: PLR0913, PLR0917 - the filters that there are
    first_name: NamePartParameter = None,
    last_name: NamePartParameter = None,
    email: NamePartParameter = None,
    phone: NamePartParameter = None,
    q: SearchWordsParameter = None,
    tag: TagParameter = None,
    favourite: FavouriteParameter = None,
) -> SearchQuery:
    return SearchQuery(first_name, last_name, email, phone, q, tag or None, favourite)


async def _page_request(
    shown: ShownFields,
    sort: SortParameter = "id",
    cursor: Cursor = None,
    skip: Skip = 0,
    limit: PageSize = 100,
) -> PageRequest:
    after = decode_sort_cursor(sort, cursor) if cursor else None
    return PageRequest(sort, after, skip, limit, shown)


@router.get(f"{BOOK_PATH}/", include_in_schema=False)
@router.get(
    BOOK_PATH,
    operation_id="list_contacts",
    response_model=ContactPage,
    responses=error_responses(field_unknown=422),
)
async def list_contacts(
    request: Request,
    owner: CurrentOwner,
    query: Annotated[SearchQuery, Depends(_search_query)],
    page_request: Annotated[PageRequest, Depends(_page_request)],
    *,
    count: CountParameter = False,
) -> Response:
    """List contacts, or search them; in order of creation unless sorted."""
    with database().reading() as connection:
        total = count_contacts(connection, owner.id, query) if count else None
        find_page = partial(search_contacts, connection, owner.id, query)
        return page_response(request, owner, page_request, find_page, total=total)
