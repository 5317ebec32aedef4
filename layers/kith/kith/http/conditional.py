"""Conditional requests (RFC 9110, 13): If-Match against lost updates, If-None-Match for caches."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Header

from kith.etags import Precondition, require_match


async def get_precondition(
    if_match: Annotated[str | None, Header(alias="If-Match", max_length=4000)] = None,
) -> Precondition:
    """The check that ``If-Match`` asks for, to be made on the version that is locked."""
    return partial(require_match, if_match)


IfMatch = Annotated[Precondition, Depends(get_precondition)]
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1000)]


def is_not_modified(etag: str, if_none_match: str) -> bool:
    """Whether the client has this representation already, by weak comparison (RFC 9110, 13.1.2)."""
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or etag in known
