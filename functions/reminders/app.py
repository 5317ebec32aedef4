"""Reminders: the planner's ticks and slices, and the scheduled cleanup."""

from contextlib import closing
from datetime import timedelta
from typing import Final

from kith.cold_start import cold_start

with cold_start():
    from kith import clock
    from kith.birthdays.reminders.job import (
        Step,
        run_slices,
        run_steps,
        run_tick,
        watch_letters,
        within,
    )
    from kith.database.native import NativeConnection
    from kith.json_types import JsonObject
    from kith.lambda_context import LambdaContext
    from kith.settings import settings
    from kith.telemetry import with_telemetry

_CLEANUP_SECONDS: Final = 20.0  # for each table or group of them; the next run goes on


@with_telemetry
def handler(event: JsonObject, context: LambdaContext) -> JsonObject:
    """What is done depends on the event.

    * ``{"time": "2027-05-17T09:00:00Z", "job": "plan"}``: the tick of that moment, in slices that
      are posted to the planner's queue;
    * messages of that queue: slices, for a third of the function's time;
    * ``{"time": ..., "job": "cleanup"}``: the cleanup;
    * ``{"job": "letters"}``: a watch over the letters of accounts;
    * without a ``job``, by hand: a tick, its slices here, and the cleanup.

    Returns:
        How much each step has done; for messages, which of them failed.
    """
    job = event.get("job")
    seconds = context.get_remaining_time_in_millis() / 1_000 / 3
    if "Records" in event:
        failed = run_slices(event["Records"], seconds)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    if job == "plan":
        return run_tick(event, seconds)
    if job == "cleanup":
        return run_steps(_CLEANUP)
    if job == "letters":
        return {"reposted": watch_letters()}
    return run_tick(event, seconds, inline=True) | run_steps(_CLEANUP)


def _clean_up_contacts() -> int:
    """Imported only now, as below: the planner starts without SQLAlchemy."""
    from kith.contacts.trash.purge import purge_contacts

    done = purge_contacts(clock.now())
    return sum(done)


def _clean_up_accounts() -> int:
    from kith.accounts.cleanup import clean_up_accounts
    from kith.database.unit_of_work import database

    total, has_time = 0, within(_CLEANUP_SECONDS)
    while has_time():
        with database().writing() as work:
            removed = clean_up_accounts(work, clock.now())
        total += removed
        if not removed:
            break
    return total


def _apply_retention() -> int:
    from kith.birthdays.retention import apply_retention

    with closing(NativeConnection(settings().database_url)) as database:
        return apply_retention(database, clock.now(), within(_CLEANUP_SECONDS))


def _clean_up_pictures() -> int:
    from kith.avatars.cleanup import clean_up_pictures

    done = clean_up_pictures(clock.now(), timedelta(seconds=5))
    return done.removed + done.uploaded


def _recover_imports() -> int:
    from kith.contacts.imports.recovery import recover_imports

    return recover_imports(clock.now())


_CLEANUP: Final[dict[str, Step]] = {
    "imports": _recover_imports,
    "trash": _clean_up_contacts,
    "accounts": _clean_up_accounts,
    "retention": _apply_retention,
    "pictures": _clean_up_pictures,
}
