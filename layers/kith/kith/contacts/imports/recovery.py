"""Recovery of imports, for the scheduled cleanup: lost messages, and what nobody goes on with."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import or_, select, update

from kith.contacts.imports.repository import UNFINISHED
from kith.contacts.models import ImportRecord
from kith.database.unit_of_work import UnitOfWork, database
from kith.mail.queue import post_import

_SILENCE: Final = timedelta(minutes=10)  # of an import that a worker would have moved on
_LIFE: Final = timedelta(hours=24)  # of an import that has not ended, as of its file
_BATCH: Final = 100


def recover_imports(at: datetime) -> int:
    """Post imports again that stand still, and give those up that are a day old.

    Returns:
        How many those were.
    """
    with database().writing() as work:
        given_up = _give_up(work, at)
    with database().writing() as work:
        return given_up + _repost(work, at)


def _give_up(work: UnitOfWork, at: datetime) -> int:
    old = ImportRecord.state.in_(UNFINISHED), ImportRecord.created_at <= at - _LIFE
    values = {"state": "failed", "reason": "not_finished_in_time", "finished_at": at}
    return len(
        work.connection.execute(
            update(ImportRecord).where(*old).values(values).returning(ImportRecord.id)
        ).all()
    )


def _repost(work: UnitOfWork, at: datetime) -> int:
    """Each is marked as posted first: a worker that is about to begin is not overtaken."""
    silent = or_(ImportRecord.posted_at.is_(None), ImportRecord.posted_at <= at - _SILENCE)
    waiting = ImportRecord.state.in_(("queued", "running"))
    statement = select(ImportRecord).where(waiting, silent).limit(_BATCH)
    records = list(work.session.scalars(statement.with_for_update(skip_locked=True)))
    for record in records:
        record.posted_at = at
        work.after_commit(partial(post_import, record.owner_id, record.id))
    return len(records)
