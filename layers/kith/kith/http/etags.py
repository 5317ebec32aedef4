"""Strong entity tags (RFC 9110, 8.8.3) out of version numbers, and the question of If-Match."""

from typing import Annotated

from fastapi import Header

from kith.errors import PreconditionFailed

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]


def etag(version: int) -> str:
    return f'"{version}"'


def require_match(if_match: str | None, version: int) -> None:
    """Raises PreconditionFailed unless ``if_match`` is absent, ``*``, or names the version."""
    if if_match is None:
        return
    wanted = {each.strip() for each in if_match.split(",")}
    if "*" not in wanted and etag(version) not in wanted:
        raise PreconditionFailed(etag(version))
