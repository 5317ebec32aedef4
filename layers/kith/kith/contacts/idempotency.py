"""Idempotency: with an Idempotency-Key a repeated request gets the response of the first.

The response is stored in the transaction of what it reports, so either both are true or neither.
While the first request is being carried out, an advisory lock of PostgreSQL keeps off the second.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from kith.contacts.models import IdempotencyRecord
from kith.errors import Conflict, Fault, Invalid
from kith.settings import settings

_k = IdempotencyRecord.__table__.c


class RequestInFlight(Conflict):
    code = "request_in_flight"
    detail = "A request with this Idempotency-Key is being carried out right now."


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for another request."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/header/Idempotency-Key", self.code, self.detail)])


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The response to a request, and to each repetition of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may be a repeated one; ``digest`` is of all that makes it what it is."""

    key: str | None
    digest: bytes


class IdempotencyStore:
    """The responses that one owner was given, for as long as they are kept."""

    def __init__(self, connection: Connection, owner_id: UUID, at: datetime) -> None:
        self._connection = connection
        self._owner_id = owner_id
        self._at = at

    def find(self, request: IdempotentRequest) -> StoredResponse | None:
        """The response that this request was given before; until commit nobody else finds any.

        Raises:
            RequestInFlight: the first request with this key is not finished.
            IdempotencyKeyReused: the key belongs to another request.
        """
        if request.key is None:
            return None
        if not self._lock(request.key):
            raise RequestInFlight
        statement = select(_k.request_digest, _k.status, _k.headers, _k.body).where(
            _k.owner_id == self._owner_id,
            _k.key == request.key,
            _k.created_at > self._at - settings().idempotency_life,
        )
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        if row.request_digest != request.digest:
            raise IdempotencyKeyReused
        return StoredResponse(row.status, row.headers, row.body)

    def store(self, request: IdempotentRequest, response: StoredResponse) -> None:
        """Keep the response for the repetitions of a request that has a key."""
        if request.key is None:
            return
        values = {
            "request_digest": request.digest,
            "status": response.status,
            "headers": dict(response.headers),
            "body": response.body,
            "created_at": self._at,
        }
        statement = insert(IdempotencyRecord).values(
            owner_id=self._owner_id, key=request.key, **values
        )
        expired = statement.on_conflict_do_update(index_elements=["owner_id", "key"], set_=values)
        self._connection.execute(expired)

    def _lock(self, key: str) -> bool:
        digest = hashlib.sha256(f"{self._owner_id}:{key}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        return bool(self._connection.scalar(select(func.pg_try_advisory_xact_lock(number))))
