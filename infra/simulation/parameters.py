"""What can be set: the template's defaults, and what a load asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from infra.local.stack.template import Template

ROOT: Final = Path(__file__).resolve().parents[2]
LATEST_MINUTES: Final = 60  # after the hour that a user asked for
BYTES_A_CONNECTION: Final = 9_531_392  # RDS allows memory divided by this
OWN_CONNECTIONS: Final = 3  # which PostgreSQL keeps
# GiB of memory and processors, the smallest first.
DATABASE_CLASSES: Final[Mapping[str, tuple[int, int]]] = {
    "db.t4g.micro": (1, 2), "db.t4g.small": (2, 2), "db.t4g.medium": (4, 2),
    "db.r8g.large": (16, 2), "db.r8g.xlarge": (32, 4), "db.r8g.2xlarge": (64, 8),
    "db.r8g.4xlarge": (128, 16), "db.r8g.8xlarge": (256, 32),
}  # fmt: skip
SES_FIRST_DAILY: Final = 50_000  # what AWS gives to who leaves the sandbox
SES_FIRST_RATE: Final = 14


@dataclass(frozen=True)
class Parameters:
    """The template's parameters of those names, and SES's quotas, which are asked for at AWS."""

    throttle_rate: int
    authorizer_concurrency: int
    auth_concurrency: int
    contacts_concurrency: int
    planner_concurrency: int
    letters_concurrency: int
    reminders_concurrency: int
    reminders_rate: int
    database_class: str
    ses_daily: int = SES_FIRST_DAILY
    ses_rate: int = SES_FIRST_RATE

    @property
    def connections(self) -> int:
        """What the database allows; 5 000 at the most, as RDS sets it."""
        gigabytes, _ = DATABASE_CLASSES[self.database_class]
        return min(5_000, gigabytes * 2**30 * 7 // 10 // BYTES_A_CONNECTION) - OWN_CONNECTIONS

    @property
    def cache_gigabytes(self) -> float:
        """What the operating system and PostgreSQL leave to cached pages."""
        return DATABASE_CLASSES[self.database_class][0] * 0.7

    def with_database(self, database_class: str) -> "Parameters":
        return replace(self, database_class=database_class)

    @property
    def processors(self) -> int:
        return DATABASE_CLASSES[self.database_class][1]


@cache
def defaults() -> Parameters:
    """The template's defaults."""
    given = Template(ROOT / "template.yaml", {"Stage": "prod"}, {}).parameters
    return Parameters(
        throttle_rate=int(given["ThrottleRate"]),
        authorizer_concurrency=int(given["AuthorizerConcurrency"]),
        auth_concurrency=int(given["AuthConcurrency"]),
        contacts_concurrency=int(given["ContactsConcurrency"]),
        planner_concurrency=int(given["PlannerConcurrency"]),
        letters_concurrency=int(given["LettersConcurrency"]),
        reminders_concurrency=int(given["RemindersConcurrency"]),
        reminders_rate=int(given["RemindersRate"]),
        database_class=given["DatabaseClass"],
    )
