"""When a `rate(…)` or a `cron(…)` of EventBridge Scheduler is due, in UTC. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from infra.local.configuration import StartupError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
_UNIT = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": ONE_DAY}
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_WEEKDAYS = "SUN MON TUE WED THU FRI SAT"
_ITEM = re.compile(r"(?P<first>\w+|\*)(-(?P<last>\w+))?(/(?P<step>\d+))?", re.ASCII)


class UnknownSchedule(StartupError):
    """An expression that the local cloud does not understand: an error, never silence."""


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from the epoch, so that a restart changes nothing."""

    period: timedelta

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        tick = EPOCH + (until - EPOCH) // self.period * self.period
        return tick if tick > after else None


@dataclass(frozen=True)
class Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 1 is Sunday, as AWS counts
    years: frozenset[int]

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """The last tick in (after, until]: after a jump of the clock, the missed ones are one."""
        for day in _backwards(until.date(), after.date()):
            for tick in self._ticks(day):
                if tick <= until:
                    return tick if tick > after else None
        return None

    def _ticks(self, day: date) -> Iterator[datetime]:
        """Of that day, the last one first."""
        if not self._falls_on(day):
            return
        for hour in sorted(self.hours, reverse=True):
            for minute in sorted(self.minutes, reverse=True):
                yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)

    def _falls_on(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 + 1 in self.weekdays
        )


def parse(expression: str) -> Rate | Cron:
    kind, _, rest = expression.strip().partition("(")
    fields = rest.removesuffix(")").split()
    if not rest.endswith(")"):
        raise UnknownSchedule(f"{expression} is no schedule")
    if kind == "rate" and len(fields) == 2:
        return _rate(expression, *fields)
    if kind == "cron" and len(fields) == 6:
        return _cron(fields)
    raise UnknownSchedule(f"{expression} is no schedule that the local cloud understands")


def _rate(expression: str, count: str, unit: str) -> Rate:
    length = _UNIT.get(unit.removesuffix("s"))
    if length is None or not count.isdigit() or int(count) < 1:
        raise UnknownSchedule(f"{expression} is no rate")
    return Rate(int(count) * length)


def _cron(fields: Sequence[str]) -> Cron:
    minute, hour, day, month, weekday, year = fields
    return Cron(
        minutes=_field(minute, 0, 59),
        hours=_field(hour, 0, 23),
        days=_field(day, 1, 31),
        months=_field(month, 1, 12, _numbered(_MONTHS)),
        weekdays=_field(weekday, 1, 7, _numbered(_WEEKDAYS)),
        years=_field(year, 1970, 2999),
    )


def _numbered(names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split(), start=1)}


def _field(
    text: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    if text == "?":
        return frozenset(range(low, high + 1))
    return frozenset().union(*(_item(item, low, high, names or {}) for item in text.split(",")))


def _item(text: str, low: int, high: int, names: Mapping[str, int]) -> frozenset[int]:
    match = _ITEM.fullmatch(text.upper())
    if not match:
        raise UnknownSchedule(f"{text} is no part of a cron that the local cloud understands")
    first, last, step = match["first"], match["last"], match["step"]
    start = low if first == "*" else _number(first, low, high, names)
    end = _number(last, low, high, names) if last else high if first == "*" or step else start
    return frozenset(range(start, end + 1, max(1, int(step or 1))))


def _number(text: str, low: int, high: int, names: Mapping[str, int]) -> int:
    number = names.get(text, int(text) if text.isdigit() else -1)
    if not low <= number <= high:
        raise UnknownSchedule(f"{text} is not in {low} to {high}")
    return number


def _backwards(day: date, last: date) -> Iterator[date]:
    while day >= last:
        yield day
        day -= ONE_DAY
