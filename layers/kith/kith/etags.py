"""Strong entity tags (RFC 9110, 8.8.3) made of version numbers, and If-Match (13.1.1)."""

from collections.abc import Callable

from kith.errors import PreconditionFailed

# Raises PreconditionFailed unless a version is one that the client knows.
Precondition = Callable[[int], None]


def etag_of(version: int) -> str:
    """The entity tag of a row's version, quotes included."""
    return f'"{version}"'


def require_match(if_match: str | None, version: int) -> None:
    """Check an If-Match header.

    Args:
        if_match: the header as it was sent, a list of entity tags or ``*``; ``None`` if it was not.
        version: of the row that is there now.

    Raises:
        PreconditionFailed: none of the tags is that of the version.
    """
    if if_match is None:
        return
    tags = {tag.strip() for tag in if_match.split(",")}
    if "*" not in tags and etag_of(version) not in tags:
        raise PreconditionFailed(etag_of(version))
