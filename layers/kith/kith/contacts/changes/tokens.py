"""Sync tokens: what a client has seen of an address book, and how far it has read since.

A transaction that began earlier may commit later, so neither a moment nor a counter tells what a
reader has missed. PostgreSQL's snapshot does: it names every transaction that a statement could not
see yet. A token holds the snapshot of the reading that it ends, and the next reading gives whatever
was written by a transaction outside of it: nothing is lost, and nothing comes twice.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from kith.errors import Fault, Gone, Invalid
from kith.http.pagination import CursorInvalid, decode_cursor, encode_cursor

TOKEN_LIFE: Final = timedelta(days=90)

# How long before its commit a transaction may have taken the time, and how far clocks may differ.
_SLACK: Final = timedelta(hours=1)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LATEST: Final = (datetime(9999, 1, 1, tzinfo=UTC) - _BEGINNING) // _MICROSECOND
_LARGEST_ID: Final = 2**31 - 1
_SNAPSHOT: Final = re.compile(r"([0-9]{1,19}):([0-9]{1,19}):((?:[0-9]{1,19}(?:,[0-9]{1,19})*)?)")
_TEXT: Final = (str, type(None))


class SyncTokenInvalid(Invalid):
    code = "sync_token_invalid"
    detail = "This token is none of ours."

    def __init__(self) -> None:
        super().__init__(faults=[Fault("/query/since", self.code, self.detail)])


class SyncTokenExpired(Gone):
    code = "sync_token_expired"
    detail = "This token is too old; begin again without one."


@dataclass(frozen=True, slots=True)
class SyncToken:
    """Where a client stands; moments are in microseconds since 1970.

    Attributes:
        known: the snapshot of what it has; ``None`` while it reads the whole book.
        known_at: when that was taken.
        seen: the snapshot of the reading that it is in the middle of, if it is.
        seen_at: when that was taken.
        after_at, after_id: the last item that it got of this reading.
    """

    known: str | None
    known_at: int
    seen: str | None = None
    seen_at: int = 0
    after_at: int = 0
    after_id: int = 0

    @classmethod
    def first(cls, at: datetime) -> Self:
        """The token of who knows nothing."""
        return cls(None, _microseconds(at))

    @classmethod
    def parse(cls, text: str, at: datetime) -> Self:
        """Read a token.

        Raises:
            SyncTokenInvalid: it was not made here.
            SyncTokenExpired: it is older than 90 days, or from a time that is not yet.
        """
        try:
            token = cls(*decode_cursor(text, (_TEXT, int, _TEXT, int, int, int)))
        except CursorInvalid:
            raise SyncTokenInvalid from None
        if not token._is_sound():
            raise SyncTokenInvalid
        if not at - TOKEN_LIFE < _moment(token.known_at) < at + _SLACK:
            raise SyncTokenExpired
        return token

    def __str__(self) -> str:
        reading = (self.seen, self.seen_at, self.after_at, self.after_id)
        return encode_cursor((self.known, self.known_at, *reading))

    @property
    def start(self) -> datetime:
        """Since when rows may have been written that the client does not know."""
        return _moment(self.after_at) if self.after_id else _moment(self.known_at) - _SLACK

    def reading(self, snapshot: str, at: datetime) -> "SyncToken":
        """The token with the snapshot of its reading, which is that of the first page.

        Raises:
            SyncTokenExpired: it knows of transactions that this database has not had, which is one
                that was restored from a backup.
        """
        if self.known and _newest(self.known) > _newest(snapshot):
            raise SyncTokenExpired
        if self.seen is not None:
            return self
        return replace(self, seen=snapshot, seen_at=_microseconds(at))

    def behind(self, at: datetime | None, contact_id: int) -> "SyncToken":
        """The token behind an item of the reading."""
        return replace(self, after_at=_microseconds(at) if at else 0, after_id=contact_id)

    def finished(self) -> "SyncToken":
        """The token of who has read everything."""
        return SyncToken(self.seen, self.seen_at)

    def _is_sound(self) -> bool:
        moments = (self.known_at, self.seen_at, self.after_at)
        return (
            all(0 <= each <= _LATEST for each in moments)
            and 0 <= self.after_id <= _LARGEST_ID
            and all(_is_snapshot(each) for each in (self.known, self.seen) if each is not None)
        )


def _microseconds(at: datetime) -> int:
    return (at - _BEGINNING) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _BEGINNING + microseconds * _MICROSECOND


def _newest(snapshot: str) -> int:
    return int(snapshot.split(":")[1])


def _is_snapshot(text: str) -> bool:
    """Whether PostgreSQL takes it: ``xmin:xmax:running,running``, in order."""
    found = _SNAPSHOT.fullmatch(text)
    if found is None:
        return False
    oldest, newest = int(found[1]), int(found[2])
    running = [int(each) for each in found[3].split(",") if each]
    in_order = running == sorted(set(running)) and newest < 2**63
    return 0 < oldest <= newest and in_order and all(oldest <= each < newest for each in running)
