"""`python -m tests.chaos.soak`: many requests without a fault, and whether anything grows.

Prints what was measured at intervals, and ends with 1 when something is not flat.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from tests.chaos.journal import Journal
from tests.chaos.local_stack import STOPPED, local_stack, run_or_stop
from tests.chaos.measurements import (
    CONNECTIONS,
    DESCRIPTORS,
    MEMORY,
    ROWS,
    TABLE,
    Growth,
    Sample,
    growths,
    measure,
)
from tests.chaos.mix import at_work, check_all
from tests.chaos.report import table
from tests.chaos.users import Users

USERS, CLIENTS = 4, 2
SAMPLES = 25
LOOK_EVERY_S = 0.1
ENOUGH = 20_000  # requests: fewer fill address books and caches, and tell nothing
SHOWN: Final = (
    ("gateway", MEMORY),
    ("gateway", DESCRIPTORS),
    ("ContactsFunction", MEMORY),
    ("ContactsFunction", DESCRIPTORS),
    ("AuthorizerFunction", MEMORY),
    ("AuthFunction", MEMORY),
    ("PostgreSQL", CONNECTIONS),
    ("contacts", ROWS),
    ("contacts", TABLE),
    ("users", TABLE),
)


async def run(requests: int, seed: int, directory: Path) -> tuple[Journal, list[Sample]]:
    """So many requests, as fast as they are answered, measured at equal intervals."""
    rng = Random(seed)
    samples = []
    async with local_stack(directory, rng) as stack:
        journal = Journal((await stack.http.get("/openapi.json", timeout=60)).json())
        loads = await Users(stack.http, journal, rng, 0.0).loads(USERS, CLIENTS)
        async with at_work(loads):
            for number in range(SAMPLES + 1):
                while journal.requests < requests * number // SAMPLES:  # noqa: ASYNC110 - a sample may be late
                    await asyncio.sleep(LOOK_EVERY_S)
                samples.append(await measure(stack, journal.requests))
        await check_all(loads)
    return journal, samples


def soak_report(samples: Sequence[Sample], found: Sequence[Growth]) -> str:
    """What was measured at intervals, and how everything grew."""
    head = ["requests", *(f"{name}, {unit}" for name, unit in SHOWN)]
    rows = [
        [f"{each.requests}", *(f"{each.values.get(series, 0):.0f}" for series in SHOWN)]
        for each in samples
    ]
    verdicts = [
        (f"{name}, {unit}", f"{each.level:.1f}", f"{each.growth:+.1f}", _verdict(each))
        for each in found
        for name, unit in [each.series]
    ]
    grown = table(("what", "mean", "growth after the warm-up", "flat"), verdicts)
    return f"{table(head, rows)}\n\n{grown}"


def _verdict(growth: Growth) -> str:
    return "yes" if growth.is_flat else "**no**"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    asked = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="kith-soak-"))
    measured = run_or_stop(run(asked.requests, 1, directory))
    shutil.rmtree(directory)
    if measured is None:
        return STOPPED
    journal, samples = measured
    found = growths(samples)
    sys.stdout.write(soak_report(samples, found) + "\n\n")
    for each in journal.violations:
        sys.stdout.write(f"- {each}\n")
    if asked.requests < ENOUGH:
        sys.stdout.write(f"Whether it is flat is not judged below {ENOUGH} requests.\n")
    is_flat = asked.requests < ENOUGH or all(each.is_flat for each in found)
    return 0 if is_flat and not journal.violations else 1


if __name__ == "__main__":
    sys.exit(main())
