"""How much a number of users asks for: the assumptions, as data, and what follows from them."""

from dataclasses import dataclass
from typing import Final

REQUESTS_A_MONTH: Final = 300  # of a user
BUSIEST: Final = 5  # times the average, at the busiest hour
CONTACTS: Final = 100  # of a user
BIRTHDAYS: Final = 60  # of them
BYTES_A_CONTACT: Final = 800  # with its indexes
HOT: Final = 0.1  # of the data is read at the busiest hour
LOGINS_A_MONTH: Final = 2  # of a user; a session lasts for weeks
ACCOUNT_LETTERS_A_MONTH: Final = 0.5  # of a user
RESPONSE_KB: Final = 3  # of a typical answer, compressed
LOG_KB: Final = 1.2  # of a request: the gateway's line, the functions' and Lambda's own
DAYS_A_MONTH: Final = 30.4
SECONDS_A_DAY: Final = 86_400
QUARTERS: Final = 96  # ticks of a day

# Quarters of an hour from UTC to local time, and how many of a hundred users live there.
OFFSETS: Final = {
    -32: 4, -28: 1, -24: 6, -20: 9, -16: 3, -12: 6, 0: 5, 4: 15, 8: 13, 12: 5, 14: 1,
    20: 3, 22: 12, 23: 1, 24: 2, 26: 1, 28: 4, 32: 5, 36: 3, 40: 1,
}  # fmt: skip
# Of a hundred users so many leave the hour at nine; the others choose a full hour from 6 to 22.
AT_NINE: Final = 66
CHOSEN_HOURS: Final = tuple(hour for hour in range(6, 23) if hour != 9)


@dataclass(frozen=True)
class Load:
    """What ``users`` ask for, on average and at the busiest hour."""

    users: int

    @property
    def requests_a_month(self) -> int:
        return self.users * REQUESTS_A_MONTH

    @property
    def requests_a_second(self) -> float:
        return self.requests_a_month / DAYS_A_MONTH / SECONDS_A_DAY

    @property
    def busiest_requests_a_second(self) -> float:
        return self.requests_a_second * BUSIEST

    @property
    def busiest_logins_a_second(self) -> float:
        return self.users * LOGINS_A_MONTH / DAYS_A_MONTH / SECONDS_A_DAY * BUSIEST

    @property
    def contacts(self) -> int:
        return self.users * CONTACTS

    @property
    def gigabytes(self) -> float:
        return self.contacts * BYTES_A_CONTACT / 1e9

    @property
    def hot_gigabytes(self) -> float:
        """What is read at the busiest hour, and should be in memory."""
        return self.gigabytes * HOT

    @property
    def reminders_a_day(self) -> float:
        """One letter for each user with at least one birthday that day."""
        return self.users * letters_an_owner()

    @property
    def account_letters_a_day(self) -> float:
        return self.users * ACCOUNT_LETTERS_A_MONTH / DAYS_A_MONTH

    @property
    def letters_a_month(self) -> float:
        return (self.reminders_a_day + self.account_letters_a_day) * DAYS_A_MONTH

    def owners_due(self) -> list[float]:
        """For each quarter of an hour of a day in UTC, the users whose hour is reached in it."""
        due = [0.0] * QUARTERS
        for offset, share in OFFSETS.items():
            for hour, chosen in _hours().items():
                due[(hour * 4 - offset) % QUARTERS] += self.users * share / 100 * chosen
        return due

    def busiest_letters(self, minutes: int) -> float:
        """The most reminders that fall due within so many minutes."""
        due, quarters = self.owners_due(), minutes // 15
        sums = (sum((due * 2)[first : first + quarters]) for first in range(QUARTERS))
        return max(sums) * letters_an_owner()

    @property
    def busiest_account_letters_a_second(self) -> float:
        return self.account_letters_a_day / SECONDS_A_DAY * BUSIEST


def letters_an_owner() -> float:
    """The share of owners who have a letter on a day."""
    return 1 - (364 / 365) ** BIRTHDAYS


def _hours() -> dict[int, float]:
    others = (100 - AT_NINE) / 100 / len(CHOSEN_HOURS)
    return {9: AT_NINE / 100} | dict.fromkeys(CHOSEN_HOURS, others)
