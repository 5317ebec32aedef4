"""A day of the planner, its queues and senders, quarter of an hour by quarter of an hour.

Owners whose hour is reached wait as slices for planners, their letters for senders; what one
quarter does not finish waits for the next. The second day is looked at, so that what the first
leaves behind counts.
"""

from dataclasses import dataclass
from typing import Final

from infra.simulation import measured
from infra.simulation.loads import QUARTERS, SECONDS_A_DAY, Load, letters_an_owner
from infra.simulation.parameters import Parameters

QUARTER_SECONDS: Final = SECONDS_A_DAY // QUARTERS


@dataclass(frozen=True)
class Quarter:
    """What happened in a quarter of an hour; numbers of owners and of letters.

    Attributes:
        delay_seconds: how long the last letter of its owners has to wait.
    """

    due: float
    planned: float
    owners_waiting: float
    sent: float
    letters_waiting: float
    delay_seconds: float


@dataclass(frozen=True)
class Day:
    """The quarters of a day, and the letters that it leaves behind in comparison to its start."""

    quarters: tuple[Quarter, ...]
    left_behind: float

    @property
    def slices(self) -> float:
        return sum(each.due for each in self.quarters) / measured.OWNERS_A_SLICE

    @property
    def busiest_slices(self) -> float:
        return max(each.due for each in self.quarters) / measured.OWNERS_A_SLICE

    @property
    def sent(self) -> float:
        return sum(each.sent for each in self.quarters)

    @property
    def most_waiting(self) -> float:
        return max(each.letters_waiting for each in self.quarters)

    @property
    def latest_minutes(self) -> float:
        return max(each.delay_seconds for each in self.quarters) / 60


def simulate_day(load: Load, parameters: Parameters) -> Day:
    """The second of two days."""
    owners = letters = 0.0
    for _ in range(2):
        before, quota = letters + owners * letters_an_owner(), reminders_quota(load, parameters)
        quarters = []
        for due in load.owners_due():
            planned = min(owners + due, owners_a_quarter(parameters))
            owners += due - planned
            letters += planned * letters_an_owner()
            delay = letters / reminders_a_second(load, parameters)
            sent = min(letters, reminders_a_second(load, parameters) * QUARTER_SECONDS, quota)
            letters, quota = letters - sent, quota - sent
            quarters.append(Quarter(due, planned, owners, sent, letters, delay))
    return Day(tuple(quarters), letters + owners * letters_an_owner() - before)


def owners_a_quarter(parameters: Parameters) -> float:
    """How many owners all planners together do in a quarter of an hour."""
    slices = parameters.planner_concurrency * QUARTER_SECONDS / measured.SECONDS_A_SLICE
    return slices * measured.OWNERS_A_SLICE


def reminders_a_second(load: Load, parameters: Parameters) -> float:
    """The rate at which reminders leave: by pace, by workers, by what SES leaves to them."""
    return min(
        parameters.reminders_rate,
        parameters.reminders_concurrency / measured.SECONDS_A_LETTER,
        parameters.ses_rate - load.busiest_account_letters_a_second,
    )


def reminders_quota(load: Load, parameters: Parameters) -> float:
    """What SES's daily quota leaves to reminders."""
    return max(0.0, parameters.ses_daily - load.account_letters_a_day)
