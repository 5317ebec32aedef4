"""Repository of wrong passwords in a row."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kith.accounts.models import LoginFailures

_ANYWHERE: Final = ""
_PURGED_AT_ONCE: Final = 1_000


class FailureCounts(NamedTuple):
    """The count of an account over all origins, and the one of a single origin."""

    account: LoginFailures
    origin: LoginFailures


class LoginFailureRepository:
    """Counts by digests of an account's address and of an origin."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, account: str, origin: str, expires_at: datetime) -> FailureCounts:
        """Both counts; attempts at one account wait for each other until the transaction ends."""
        rows = [
            {"account": account, "origin": each, "expires_at": expires_at}
            for each in (_ANYWHERE, origin)
        ]
        statement = insert(LoginFailures).values(rows)
        statement = statement.on_conflict_do_update(
            index_elements=["account", "origin"],
            set_={"expires_at": statement.excluded.expires_at},
        )
        found = self._session.scalars(
            statement.returning(LoginFailures), execution_options={"populate_existing": True}
        )
        by_origin = {counts.origin: counts for counts in found}
        return FailureCounts(by_origin[_ANYWHERE], by_origin[origin])

    def failures(self, account: str) -> int:
        """Of an account, over all origins."""
        counts = self._session.get(LoginFailures, (account, _ANYWHERE))
        return counts.failures if counts else 0

    def clear(self, account: str) -> None:
        """Forget every count of an account."""
        self._delete(LoginFailures.account == account)

    def clear_origin(self, account: str, origin: str) -> None:
        """Forget the count of one origin."""
        self._delete(LoginFailures.account == account, LoginFailures.origin == origin)

    def purge(self, expired_before: datetime) -> int:
        """Remove a batch of the counts that expired before that moment."""
        key = (LoginFailures.account, LoginFailures.origin)
        expired = select(*key).where(LoginFailures.expires_at < expired_before)
        batch = expired.limit(_PURGED_AT_ONCE).with_for_update(skip_locked=True)
        return self._delete(tuple_(*key).in_(batch))

    def _delete(self, *where: ColumnElement[bool]) -> int:
        return self._session.connection().execute(delete(LoginFailures).where(*where)).rowcount
