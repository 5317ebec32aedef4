"""What may grow while requests are served, and whether it does."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, mean
from typing import Final

from sqlalchemy import text

from kith.database.engine import make_engine
from tests.chaos.local_stack import LocalStack

WARM_UP: Final = 0.3  # of the samples: until caches, pools and address books are full
GROWTH: Final = 0.05  # of the mean, from the first sample after the warm-up to the last
# What is kept for a day or longer grows with use; what one row takes must not.
KEPT: Final = frozenset(
    {"idempotency_keys", "imported_cards", "merges", "one_time_tokens", "outbox", "sessions"}
)
MEMORY, DESCRIPTORS, CONNECTIONS = "MB", "descriptors", "connections"
TABLE, ROWS, ROW = "kB", "rows", "B a row"
ALLOWED: Final[Mapping[str, float]] = {
    MEMORY: 3.0,
    DESCRIPTORS: 6.0,  # two more workers, each of which takes three of the gateway's
    CONNECTIONS: 2.0,
    TABLE: 256.0,
    ROWS: 50.0,
    ROW: 64.0,
}
_CONNECTIONS: Final = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_TABLES: Final = text("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")

Series = tuple[str, str]  # of what, and its unit


@dataclass(frozen=True)
class Sample:
    """Everything at one moment, after so many requests."""

    requests: int
    values: Mapping[Series, float]


@dataclass(frozen=True)
class Growth:
    """How much a value rose after the warm-up, by the line that fits it best."""

    series: Series
    level: float
    growth: float

    @property
    def is_flat(self) -> bool:
        return self.growth <= max(ALLOWED[self.series[1]], GROWTH * self.level)


async def measure(stack: LocalStack, requests: int) -> Sample:
    functions = (await stack.state())["functions"]
    workers = {
        name: [worker["pid"] for worker in each["workers"] if worker["pid"]]
        for name, each in functions.items()
    }
    processes = {"gateway": [stack.running.process.pid], **workers}
    of_processes = {
        (name, unit): max(map(look, pids))
        for name, pids in processes.items()
        for unit, look in ((MEMORY, resident_mb), (DESCRIPTORS, descriptors))
        if pids
    }
    of_database = await asyncio.to_thread(_of_database, stack.database_url)
    return Sample(requests, of_processes | of_database)


def growths(samples: Sequence[Sample]) -> list[Growth]:
    """Of everything that was measured at every moment after the warm-up."""
    after = samples[int(len(samples) * WARM_UP) :]
    names = set.intersection(*(set(sample.values) for sample in after))
    return [_growth(series, after) for series in sorted(names)]


def _growth(series: Series, samples: Sequence[Sample]) -> Growth:
    requests = [sample.requests for sample in samples]
    values = [sample.values[series] for sample in samples]
    slope, _ = linear_regression(requests, values)
    return Growth(series, mean(values), slope * (requests[-1] - requests[0]))


def _of_database(url: str) -> dict[Series, float]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found: dict[Series, float] = {
            ("PostgreSQL", CONNECTIONS): float(connection.scalar(_CONNECTIONS) or 0)
        }
        for name, size in connection.execute(_TABLES).all():
            counted = text(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - the catalog's own name
            rows = float(connection.scalar(counted) or 0)
            if name in KEPT:
                found[name, ROW] = size / max(1, rows)
            else:
                found |= {(name, TABLE): size / 1024, (name, ROWS): rows}
    engine.dispose()
    return found


def resident_mb(pid: int) -> float:
    """The memory of a process that is in RAM; 0 when it has ended."""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return 0.0


def descriptors(pid: int) -> float:
    with suppress(OSError):
        return float(len(list(Path(f"/proc/{pid}/fd").iterdir())))
    return 0.0
