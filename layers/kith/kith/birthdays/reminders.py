"""The planner: whose reminders are due at a scheduled moment, as letters in the outbox.

It goes by the event's time, not by the clock, and keeps no state that a letter depends on: a tick
may be missed, repeated, or run by two planners at once. What decides is the unique key of a letter.

It works slice by slice of the owners, each slice one statement in PostgreSQL, so that it needs the
same memory for a thousand users and for a million.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from kith.birthdays import sweeps
from kith.birthdays.wall_clocks import END_OF_DAY, WallClock, wall_clock
from kith.calendar import keys_on
from kith.database.plain import Statements
from kith.mail.queue import post
from kith.telemetry import count, log

_SLICE: Final = 2_000  # contacts in one statement, more or less
_LOOK_BACK: Final = timedelta(days=31)
_WEEK: Final = 7
_OWNERS: Final = 1 << 128


class Asked(NamedTuple):
    """What users and contacts ask for, all together."""

    zones: frozenset[str]
    leads: frozenset[int]
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Clock:
    """Due in this zone: an hour after ``after`` (from midnight when there is none), to ``covers``.

    ``reached`` is what the wall clock shows; who asks for a later hour waits for the difference.
    """

    zone: str
    reached: str
    after: str | None
    covers: str


@dataclass(frozen=True, slots=True)
class _Day:
    """One date as some time zones have it, in which there is something to do."""

    date: date
    clocks: tuple[_Clock, ...]


class Planner:
    """One tick's work. ``at`` is the scheduled moment, ``now`` what the clock says."""

    def __init__(self, database: Statements, at: datetime, now: datetime) -> None:
        self._database = database
        self._at = at
        self._now = now

    def plan(self) -> int:
        """Put every letter that is due into the outbox and tell the queue; returns how many."""
        asked = self._asked()
        seen_until = self._planned_until()
        clocks = [wall_clock(zone, self._at) for zone in sorted(asked.zones)]
        planned = sum(self._plan_day(day, asked) for day in self._due_days(clocks))
        lost = self._lost_days(clocks, seen_until)
        expired = sum(self._expire_day(day, asked) for day in lost)
        self._database.run(sweeps.PLANNED, until=min(self._at, self._now))
        log("planned", at=self._at.isoformat(), letters=planned, expired=expired)
        count("LettersPlanned", planned)
        return planned

    def _asked(self) -> Asked:
        users = self._database.run(sweeps.ASKED)
        contacts = self._database.run(sweeps.ASKED_BY_CONTACTS)
        leads = [lead for *_, lead_days in users for lead in lead_days]
        leads += [lead for (lead_days,) in contacts for lead in lead_days]
        return Asked(
            zones=frozenset(zone for zone, *_ in users),
            leads=frozenset(leads),
            weekdays=frozenset(weekday for _, mode, weekday, _ in users if mode == "weekly"),
        )

    def _due_days(self, clocks: Sequence[WallClock]) -> list[_Day]:
        """The dates that it is now, except where the clock says that they are over."""
        ours = [clock for clock in clocks if not self._is_over(clock)]
        return [
            _Day(
                day,
                tuple(_Clock(c.zone, c.reached, None, c.covers) for c in ours if c.today == day),
            )
            for day in sorted({clock.today for clock in ours})
        ]

    def _lost_days(self, clocks: Sequence[WallClock], seen_until: datetime) -> list[_Day]:
        """Dates that are over, and of which no planner has seen every hour."""
        lost: dict[date, list[_Clock]] = {}
        for clock in clocks:
            for day, after, covers in self._unseen(clock, seen_until):
                lost.setdefault(day, []).append(_Clock(clock.zone, covers, after, covers))
        return [_Day(day, tuple(clocks)) for day, clocks in sorted(lost.items())]

    def _unseen(
        self, clock: WallClock, seen_until: datetime
    ) -> Iterator[tuple[date, str | None, str]]:
        """Days of a zone, with the hours after which and up to which nobody looked."""
        if self._is_over(clock):
            yield clock.today, None, clock.covers
        seen = wall_clock(clock.zone, seen_until)
        end = min(clock.today, wall_clock(clock.zone, self._now).today)
        day = max(seen.today, end - _LOOK_BACK)
        while day < end:
            after = seen.covers if day == seen.today else None
            if after != END_OF_DAY:
                yield day, after, END_OF_DAY
            day += timedelta(days=1)

    def _planned_until(self) -> datetime:
        """How far the planner has come; at its very first tick, nothing was missed."""
        rows = self._database.run(sweeps.PLANNED_UNTIL)
        return rows[0][0] if rows else self._at

    def _is_over(self, clock: WallClock) -> bool:
        return clock.today < wall_clock(clock.zone, self._now).today

    def _plan_day(self, day: _Day, asked: Asked) -> int:
        planned = 0
        for values in self._slices(day, asked):
            letters = self._database.run(sweeps.PLAN, **values)
            _post(letters)
            planned += len(letters)
        return planned

    def _expire_day(self, day: _Day, asked: Asked) -> int:
        before = datetime.combine(day.date, time(), UTC) + timedelta(days=1)
        return sum(
            len(self._database.run(sweeps.EXPIRE, **values, before=before))
            for values in self._slices(day, asked)
        )

    def _slices(self, day: _Day, asked: Asked) -> Iterator[dict[str, Any]]:
        """The values of a sweep's statement, for one slice of the owners after the other."""
        leads = asked.leads | _week_ahead(day.date, asked.weekdays)
        values: dict[str, Any] = {**_days_ahead(day.date, leads), **_clocks(day.clocks)}
        values |= {"local_date": day.date, "weekday": day.date.isoweekday(), "now": self._now}
        keys = sorted(set(values["birth_keys"]))
        [[found]] = self._database.run(sweeps.HOW_MANY, birth_keys=keys)
        slices = -(-found // _SLICE)
        for n in range(slices):
            first, behind = _OWNERS * n // slices, _OWNERS * (n + 1) // slices
            yield {**values, "first_owner": UUID(int=first), "last_owner": UUID(int=behind - 1)}


def _week_ahead(day: date, weekdays: frozenset[int]) -> frozenset[int]:
    """Who wants one letter a week gets it on their weekday, with the seven days from then on."""
    return frozenset(range(_WEEK)) if day.isoweekday() in weekdays else frozenset()


def _days_ahead(today: date, leads: frozenset[int]) -> dict[str, list[Any]]:
    """Which birthdays are kept so many days from today, by column."""
    rows = [row for lead in sorted(leads) for row in _kept_on(today + timedelta(days=lead), lead)]
    columns = zip(*rows, strict=True) if rows else [()] * 4
    names = ("birth_keys", "occurrences", "leads", "leap_days")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _kept_on(day: date, lead: int) -> Iterator[tuple[int, date, int, str | None]]:
    own, *_ = keys_on(day, "feb28")
    yield own, day, lead, None
    for leap_day in ("feb28", "mar1"):
        for moved in keys_on(day, leap_day)[1:]:
            yield moved, day, lead, leap_day


def _clocks(clocks: Sequence[_Clock]) -> dict[str, list[Any]]:
    return {
        "zones": [clock.zone for clock in clocks],
        "reached": [clock.reached for clock in clocks],
        "after": [clock.after for clock in clocks],
        "covers": [clock.covers for clock in clocks],
    }


def _post(letters: Sequence[Sequence[int]]) -> None:
    """Tell the queue, each letter with the time that it has to wait."""
    for wait in sorted({wait for _, wait in letters}):
        post([letter for letter, after in letters if after == wait], timedelta(seconds=wait))
