"""What came back from one request, and whether it is an answer that the contract knows."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

OWNER: Final = re.compile(rb"owner-[0-9a-f]{12}")
PROBLEM_MEMBERS: Final = {"type", "title", "status", "detail", "code", "instance"}
# API Gateway's own fixed bodies.
GATEWAY_MESSAGES: Final = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


class Violation(StrEnum):
    """A broken promise."""

    LOST = "lost"  # acknowledged, and not there
    TWICE = "twice"  # done once, and there two times
    FOREIGN = "foreign"  # of another user
    REVIVED = "revived"  # deleted or logged out, and there again
    REFUSED = "refused"  # a valid request that was not accepted
    STATUS = "undocumented status"
    BODY = "not a problem document"
    RETRY_AFTER = "no integer Retry-After"


@dataclass(frozen=True)
class Answer:
    """The outcome of one request; `status` is None when none came.

    `route` is the path as the OpenAPI document writes it; times are seconds of the monotonic
    clock. Not `trusted` is what may have been read while bytes of the database were altered.
    """

    method: str
    route: str
    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_at: float = 0.0
    answered_at: float = 0.0
    trusted: bool = True

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def acknowledged(self) -> bool:
        return self.succeeded and self.trusted

    @property
    def unknown(self) -> bool:
        """Whether nobody can tell if the request was carried out."""
        return not self.trusted or self.status is None or self.status >= 500

    def json(self) -> Any:
        """The body; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self) -> str:
        """The stable name of a problem; empty for all else."""
        body = self.json()
        return str(body.get("code", "")) if isinstance(body, dict) else ""


class Contract:
    """The statuses of each operation, and the form of every refusal."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self._statuses = {
            (method.upper(), path): {int(status) for status in operation["responses"]}
            for path, operations in openapi["paths"].items()
            for method, operation in operations.items()
            if "responses" in operation
        }

    def violations(self, answer: Answer, owner: str, owners: Collection[str]) -> set[Violation]:
        """What is wrong with an answer to `owner`, whoever of the `owners` it speaks of."""
        found = {Violation.FOREIGN} if foreign(answer.body, owner, owners) else set()
        if answer.status is not None and answer.status >= 400:
            found |= set(self._of_refusal(answer))
        elif answer.succeeded and not self._documents(answer):
            found.add(Violation.STATUS)
        return found

    def _documents(self, answer: Answer) -> bool:
        return answer.status in self._statuses.get((answer.method, answer.route), set())

    def _of_refusal(self, answer: Answer) -> Iterator[Violation]:
        from_gateway = is_from_gateway(answer)
        if not from_gateway and not self._documents(answer):
            yield Violation.STATUS
        if not from_gateway and not is_problem(answer):
            yield Violation.BODY
        if answer.status in {429, 503} and not answer.headers.get("retry-after", "").isdecimal():
            yield Violation.RETRY_AFTER


def foreign(body: bytes, owner: str, owners: Collection[str]) -> bool:
    """Whether a body has the mark of another owner."""
    marks = {mark.decode() for mark in OWNER.findall(body)}
    return bool(marks & set(owners) - {owner})


def is_from_gateway(answer: Answer) -> bool:
    message = GATEWAY_MESSAGES.get(answer.status or 0)
    return message is not None and answer.json() == {"message": message}


def is_problem(answer: Answer) -> bool:
    """Whether it is a problem document (RFC 9457) for its status."""
    body = answer.json()
    return (
        answer.headers.get("content-type", "").startswith("application/problem+json")
        and isinstance(body, dict)
        and body.keys() >= PROBLEM_MEMBERS
        and body["status"] == answer.status
    )
