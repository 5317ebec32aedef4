"""What was seen, as Markdown."""

from collections import Counter
from collections.abc import Iterable
from statistics import median

from tests.chaos.journal import CALM, Journal, Phase

HEAD = (
    "fault",
    "times",
    "hits",
    "statuses",
    "slowest answer",
    "recovery, median",
    "maximum",
    "violations",
)
SHOWN = 10  # violations of a kind of fault

Cell = str | int


def table(head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """A table of Markdown."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def chaos_report(journal: Journal) -> str:
    """One row for each kind of fault, and every violation below."""
    phases = {CALM: journal.phases[CALM]} | dict(sorted(journal.phases.items()))
    rows = [_row(name, phase) for name, phase in phases.items()]
    summary = f"{journal.acknowledged} writes acknowledged, {journal.unknown} of unknown outcome."
    broken = [line for name, phase in phases.items() for line in _violations(name, phase)]
    return "\n\n".join([table(HEAD, rows), summary, "\n".join(broken) or "No violation."])


def log_report(log: str) -> str:
    """How many lines of the functions' logs are no JSON."""
    lines = [line.partition("Function | ") for line in log.splitlines()]
    logged = [rest for _, found, rest in lines if found]
    plain = sum(not line.startswith("{") for line in logged)
    return f"{plain} of {len(logged)} lines that the functions logged are no JSON."


def _row(name: str, phase: Phase) -> list[Cell]:
    times = phase.recoveries
    return [
        name,
        phase.times,
        phase.hits,
        _statuses(phase.statuses),
        f"{phase.slowest:.1f} s",
        f"{median(times):.1f} s" if times else "",
        f"{max(times):.1f} s" if times else "",
        len(phase.violations),
    ]


def _statuses(counted: Counter[int | None]) -> str:
    known = sorted((status or 0, many) for status, many in counted.items())
    return ", ".join(f"{status or 'none'} × {many}" for status, many in known)


def _violations(name: str, phase: Phase) -> list[str]:
    """The first few: one cause has many."""
    more = len(phase.violations) - SHOWN
    shown = [f"- {name}: {each}" for each in phase.violations[:SHOWN]]
    return [*shown, *([f"- {name}: and {more} more"] if more > 0 else [])]
