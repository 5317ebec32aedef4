"""`python -m tests.chaos`: Kith under load and faults, and whether it keeps its promises.

Prints a table, and ends with 1 when a promise was broken.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

from tests.chaos.contact_operations import probe
from tests.chaos.faults import FAULTS, Fault, in_random_order, recovery
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.local_stack import STOPPED, LocalStack, local_stack, run_or_stop
from tests.chaos.mix import at_work, check_all
from tests.chaos.model import LATE_WRITE_S
from tests.chaos.report import chaos_report, log_report
from tests.chaos.users import Users

USERS, CLIENTS, PAUSE_S = 4, 2, 0.1  # clients of each user, seconds between two requests
CALM_S: Final = (0.5, 2.0)  # between two faults


async def run(seconds: float, seed: int, only: str, directory: Path) -> Journal:
    """Load and faults for so long, then a last look at everything when all has settled."""
    rng = Random(seed)  # for nobody whose draws depend on what happens: those get one of theirs
    async with local_stack(directory, rng) as stack:
        journal = Journal((await stack.http.get("/openapi.json", timeout=60)).json())
        users = Users(stack.http, journal, rng, PAUSE_S)
        loads = await users.loads(USERS, CLIENTS)
        (prober,) = await users.loads(1, 1)
        until = time.monotonic() + seconds
        async with at_work(loads):
            for fault in in_random_order(rng, only):
                await asyncio.sleep(rng.uniform(*CALM_S))
                if time.monotonic() > until:
                    break
                await _inject(fault, stack, Random(rng.random()), prober)
                await check_all([*loads, prober])
        await asyncio.sleep(LATE_WRITE_S)
        await check_all([*loads, prober])
    return journal


async def _inject(fault: Fault, stack: LocalStack, rng: Random, prober: Load) -> None:
    journal = prober.client.journal
    with journal.during(fault.name, alters=fault.alters):
        journal.phase.hits += await fault.inject(stack, rng)
    took = await recovery(lambda: probe(prober))
    if took is None:
        journal.phase.violations.append("it did not recover")
    else:
        journal.phase.recoveries.append(took)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    asked = parser.parse_args()
    if not any(asked.only in fault.name for fault in FAULTS):
        parser.error(f"no fault has {asked.only!r} in its name")
    sys.stdout.write(f"seed {asked.seed}, {asked.seconds:.0f} s\n\n")
    sys.stdout.flush()
    directory = Path(tempfile.mkdtemp(prefix="kith-chaos-"))
    journal = run_or_stop(run(asked.seconds, asked.seed, asked.only, directory))
    if journal:
        log = directory / "cloud" / "cloud.log"
        sys.stdout.write(f"{chaos_report(journal)}\n\n{log_report(log.read_text())}\n")
        if journal.violations:
            sys.stdout.write(f"The log is kept: {log}\n")
            return 1
    shutil.rmtree(directory)
    return 0 if journal else STOPPED


if __name__ == "__main__":
    sys.exit(main())
