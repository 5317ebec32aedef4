"""Repeated requests: with an Idempotency-Key the second one gets the answer of the first.

The answer is stored in the transaction of what it tells about, so either both are true or neither.
While the first request is being carried out, an advisory lock of PostgreSQL tells the second.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from kith.contacts.models import IdempotencyRecord
from kith.errors import Conflict, Fault, Invalid

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
    """What a request was answered, or will be."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may be a repeated one; ``digest`` is of all that makes it what it is."""

    key: str | None
    digest: bytes


class IdempotencyStore:
    """The answers that one owner was given, for as long as they are kept."""

    def __init__(
        self, connection: Connection, owner_id: UUID, at: datetime, life: timedelta
    ) -> None:
        self._connection = connection
        self._owner_id = owner_id
        self._at = at
        self._life = life

    def once(self, asked: IdempotentRequest, act: Callable[[], StoredResponse]) -> StoredResponse:
        """The answer that was given to this request before, else that of ``act``.

        Raises:
            InFlight: the first request with this key is not finished.
            KeyReused: the key belongs to another request.
        """
        if asked.key is None:
            return act()
        if not self._lock(asked.key):
            raise RequestInFlight
        return self._given(asked) or self._keep(asked, act())

    def _lock(self, key: str) -> bool:
        digest = hashlib.sha256(f"{self._owner_id}:{key}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        return bool(self._connection.scalar(select(func.pg_try_advisory_xact_lock(number))))

    def _given(self, asked: IdempotentRequest) -> StoredResponse | None:
        statement = select(_k.request_digest, _k.status, _k.headers, _k.body).where(
            _k.owner_id == self._owner_id,
            _k.key == asked.key,
            _k.created_at > self._at - self._life,
        )
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        digest, *reply = row
        if digest != asked.digest:
            raise IdempotencyKeyReused
        return StoredResponse(*reply)

    def _keep(self, asked: IdempotentRequest, reply: StoredResponse) -> StoredResponse:
        facts = {
            "request_digest": asked.digest,
            "status": reply.status,
            "headers": dict(reply.headers),
            "body": reply.body,
            "created_at": self._at,
        }
        statement = insert(IdempotencyRecord).values(
            owner_id=self._owner_id, key=asked.key, **facts
        )
        outlived = statement.on_conflict_do_update(index_elements=["owner_id", "key"], set_=facts)
        self._connection.execute(outlived)
        return reply
