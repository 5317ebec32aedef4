"""Suppressions: addresses that bounced or complained, and what they may still get.

A complaint stops reminders for good. A permanent bounce stops reminders, and for a while also the
letters that the user asked for (verification, reset): nobody is locked out because a mailbox was
once gone, and when one of those is delivered again the reminders may go out too. A transient bounce
is only counted.
"""

from datetime import datetime

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from kith.mail.models import Suppression
from kith.mail.outbox import Letter
from kith.settings import settings


def is_suppressed(connection: Connection, address: str, letter: Letter, at: datetime) -> bool:
    """Whether this letter must not go to this address now."""
    suppressed = Suppression.bounced_at > at - settings().bounce_rest
    if not letter.repeatable:
        suppressed = or_(
            Suppression.bounced_at.is_not(None), Suppression.complained_at.is_not(None)
        )
    statement = select(Suppression.address).where(
        Suppression.address == suppression_key(address), suppressed
    )
    return connection.scalar(statement) is not None


def record_complaint(connection: Connection, address: str, at: datetime) -> None:
    _upsert(connection, address, at, complained_at=at)


def record_bounce(connection: Connection, address: str, at: datetime) -> None:
    """A permanent bounce: there is no such mailbox."""
    _upsert(connection, address, at, bounced_at=at)


def record_transient_bounce(connection: Connection, address: str, at: datetime) -> None:
    """A transient bounce: the mailbox was full, or its server unreachable."""
    more = Suppression.transient_bounces + 1
    statement = insert(Suppression).values(
        address=suppression_key(address), transient_bounces=1, updated_at=at
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["address"], set_={"transient_bounces": more, "updated_at": at}
        )
    )


def record_delivery(connection: Connection, address: str, at: datetime) -> bool:
    """A delivery lifts a bounce: the mailbox is there again. Returns whether there was one."""
    known = Suppression.address == suppression_key(address)
    gone = Suppression.bounced_at.is_not(None)
    lifted = {"bounced_at": None, "updated_at": at}
    statement = update(Suppression).where(known, gone).values(lifted)
    return connection.execute(statement).rowcount > 0


def suppression_key(address: str) -> str:
    """The form in which addresses are compared, by SES and by us: without regard to case."""
    return address.strip().casefold()


def _upsert(connection: Connection, address: str, at: datetime, **values: datetime) -> None:
    values["updated_at"] = at
    statement = insert(Suppression).values(address=suppression_key(address), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["address"], set_=values))
