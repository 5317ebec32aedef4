"""The planner: whose reminders are due at a scheduled moment, as letters in the outbox.

It goes by the event's time, not by the clock, and keeps no state that a letter depends on: a tick
may be missed, repeated, or run by two planners at once. What decides is the unique key of a letter.

It works slice by slice of the owners, each slice one statement in PostgreSQL, so that it needs the
same memory for a thousand users and for a million.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from kith.birthdays.reminders.due_dates import DueDay, ZonesAndLeads, due_days, expired_days
from kith.birthdays.reminders.local_time import wall_clock
from kith.birthdays.reminders.planner_sql import (
    ASKED,
    ASKED_BY_CONTACTS,
    EXPIRE,
    HOW_MANY,
    PLAN,
    PLANNED,
    PLANNED_UNTIL,
)
from kith.database.native import Statements
from kith.mail.queue import post_letters
from kith.mail.recovery import mark_rows_unposted
from kith.telemetry import count_metric, log

_SLICE: Final = 2_000  # contacts in one statement, more or less
_OWNERS: Final = 1 << 128  # ids of owners are random, so equal ranges hold equally many


class Planner:
    """One tick's work. ``at`` is the scheduled moment, ``now`` what the clock says."""

    def __init__(self, database: Statements, at: datetime, now: datetime) -> None:
        self._database = database
        self._at = at
        self._now = now

    def plan(self) -> int:
        """Put every letter that is due into the outbox and tell the queue; returns how many."""
        asked, seen_until = self._asked(), self._planned_until()
        clocks = [wall_clock(zone, self._at) for zone in sorted(asked.zones)]
        planned = sum(self._plan(day, asked) for day in due_days(clocks, self._now))
        lost = expired_days(clocks, self._now, seen_until)
        expired = sum(self._expire(day, asked) for day in lost)
        self._database.run(PLANNED, until=min(self._at, self._now))
        log("planned", at=self._at.isoformat(), letters=planned, expired=expired)
        count_metric("LettersPlanned", planned)
        return planned

    def _asked(self) -> ZonesAndLeads:
        users = self._database.run(ASKED)
        contacts = self._database.run(ASKED_BY_CONTACTS)
        leads = [lead for *_, lead_days in users for lead in lead_days]
        leads += [lead for (lead_days,) in contacts for lead in lead_days]
        return ZonesAndLeads(
            zones=frozenset(zone for zone, *_ in users),
            leads=frozenset(leads),
            weekdays=frozenset(weekday for _, mode, weekday, _ in users if mode == "weekly"),
        )

    def _planned_until(self) -> datetime:
        """How far the planner has come; before its very first tick nothing was missed."""
        rows = self._database.run(PLANNED_UNTIL)
        return rows[0][0] if rows else self._at

    def _plan(self, day: DueDay, asked: ZonesAndLeads) -> int:
        planned = 0
        for values in self._slices(day, asked):
            letters = self._database.run(PLAN, **values)
            self._post(letters)
            planned += len(letters)
        return planned

    def _expire(self, day: DueDay, asked: ZonesAndLeads) -> int:
        before = datetime.combine(day.date, time(), UTC) + timedelta(days=1)
        return sum(
            len(self._database.run(EXPIRE, **values, before=before))
            for values in self._slices(day, asked)
        )

    def _slices(self, day: DueDay, asked: ZonesAndLeads) -> Iterator[dict[str, Any]]:
        """The values of a sweep's statement, for one slice of the owners after the other."""
        columns = day.columns(asked)
        keys = sorted(set(columns["birth_keys"]))
        [[found]] = self._database.run(HOW_MANY, birth_keys=keys)
        facts = {"local_date": day.date, "weekday": day.date.isoweekday(), "now": self._now}
        slices = -(-found // _SLICE)
        for n in range(slices):
            first, behind = _OWNERS * n // slices, _OWNERS * (n + 1) // slices
            owners = {"first_owner": UUID(int=first), "last_owner": UUID(int=behind - 1)}
            yield {**columns, **facts, **owners}

    def _post(self, letters: Sequence[Sequence[int]]) -> None:
        """Post letters, each with the seconds that it has to wait."""
        for wait in sorted({wait for _, wait in letters}):
            letter_ids = [letter for letter, after in letters if after == wait]
            refused = post_letters(letter_ids, "reminders", timedelta(seconds=wait))
            if refused:
                mark_rows_unposted(self._database, refused)
