"""The hierarchy of errors: facts about what went wrong, without HTTP.

    KithError
    ├── Unreadable               the input could not be parsed at all
    ├── Invalid                  it was parsed, but its content is not acceptable
    ├── NotAuthenticated         no valid credentials
    ├── NotAllowed               valid credentials, but no permission
    │   └── ScopeMissing         a personal access token that is good for less
    ├── NotFound                 absent, or someone else's
    ├── Gone                     it was there, and will not come back
    ├── Conflict                 it contradicts the present state
    ├── PreconditionFailed       it was changed since it was read
    ├── TooLarge                 more bytes than are accepted
    ├── UnsupportedMedia         a content type that is not accepted
    ├── TooManyRequests          a rate limit is used up
    └── Unavailable              a service that is needed cannot be reached

Each package adds its own subclasses (``ContactNotFound``). ``kith.http.problems`` holds the one
table that maps these classes to statuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field.

    Attributes:
        pointer: JSON Pointer (RFC 6901) to the field, such as ``/emails/0/address``.
        code: stable, snake_case.
        detail: a sentence for people; never the value itself.
    """

    pointer: str
    code: str
    detail: str


class KithError(Exception):
    """The base of all errors that a client is meant to see.

    ``code`` is stable and for programs, ``detail`` is a sentence for people. Neither ever holds
    a value of the request, nor an internal detail.
    """

    code: ClassVar[str] = "error"
    detail: ClassVar[str] = "The request could not be carried out."

    def __init__(self, detail: str | None = None, *, code: str | None = None) -> None:
        self.message = detail or self.detail
        self.error_code = code or self.code
        super().__init__(self.message)


class Unreadable(KithError):
    code = "unreadable"
    detail = "The request could not be read."


class Invalid(KithError):
    code = "invalid"
    detail = "Some of what was sent is not acceptable."

    def __init__(
        self, detail: str | None = None, *, code: str | None = None, faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(detail, code=code)
        self.faults = tuple(faults)


class NotAuthenticated(KithError):
    code = "not_authenticated"
    detail = "Sign in first."


class NotAllowed(KithError):
    code = "not_allowed"
    detail = "You may not do this."


class ScopeMissing(NotAllowed):
    code = "scope_missing"
    detail = "This token is not good for that."


class NotFound(KithError):
    code = "not_found"
    detail = "There is no such thing here."


class Gone(KithError):
    code = "gone"
    detail = "This is not there any more."


class Conflict(KithError):
    code = "conflict"
    detail = "This contradicts what is there already."


class PreconditionFailed(KithError):
    """It was changed since it was read; ``etag`` is the present one."""

    code = "precondition_failed"
    detail = "It has been changed since you read it."

    def __init__(self, etag: str, detail: str | None = None) -> None:
        super().__init__(detail)
        self.etag = etag


class TooLarge(KithError):
    code = "too_large"
    detail = "That is more than we take at once."


class UnsupportedMedia(KithError):
    code = "unsupported_media_type"
    detail = "We do not take this kind of content here."


class TooManyRequests(KithError):
    """A rate limit is used up; ``retry_after`` is in whole seconds, at least one."""

    code = "too_many_requests"
    detail = "Too many requests; try again later."

    def __init__(
        self,
        retry_after: int,
        detail: str | None = None,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after = max(1, retry_after)
        self.headers = dict(headers or {})


class Unavailable(KithError):
    """A service that is needed cannot be reached; ``retry_after`` is in whole seconds."""

    code = "unavailable"
    detail = "This is not available at the moment; try again shortly."

    def __init__(
        self, retry_after: int = 1, detail: str | None = None, *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after = max(1, retry_after)
