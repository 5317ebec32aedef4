"""Everything that was answered, by the fault during which it was asked."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.chaos.answers import Answer, Contract, Violation

CALM: Final = "none"
# What was read of altered bytes may be remembered: an ended session for a minute.
ALTERED_REMEMBERED_S: Final = 61.0


@dataclass
class Phase:
    """What happened during one kind of fault and until the next one."""

    times: int = 0
    hits: int = 0
    statuses: Counter[int | None] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds
    recoveries: list[float] = field(default_factory=list)  # seconds
    violations: list[str] = field(default_factory=list)


class Journal:
    """Judges every answer, and counts."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self.phases: defaultdict[str, Phase] = defaultdict(Phase)
        self.owners: set[str] = set()  # their marks
        self.user_ids: set[str] = set()
        self.acknowledged = self.unknown = 0
        self.fault = CALM
        self._contract = Contract(openapi)
        self._altering = False
        self._altered_at = float("-inf")  # when bytes were altered last

    @property
    def phase(self) -> Phase:
        return self.phases[self.fault]

    @property
    def violations(self) -> list[str]:
        return [each for phase in self.phases.values() for each in phase.violations]

    @property
    def requests(self) -> int:
        return sum(phase.statuses.total() for phase in self.phases.values())

    @contextmanager
    def during(self, fault: str, *, alters: bool) -> Iterator[None]:
        """A fault of a kind, which is the current one until another begins."""
        self.fault = fault
        self.phase.times += 1
        self._altering = alters
        try:
            yield
        finally:
            if alters:
                self._altering, self._altered_at = False, time.monotonic()

    def trusts(self, sent_at: float) -> bool:
        """Whether no bytes were altered since then."""
        return not self._altering and sent_at > self._altered_at

    def trusts_sessions(self, sent_at: float) -> bool:
        return self.trusts(sent_at - ALTERED_REMEMBERED_S)

    def record(self, answer: Answer, owner: str) -> Answer:
        """Judge and count it; gives it back with whether it is to be trusted."""
        answer = replace(answer, trusted=self.trusts(answer.sent_at))
        self.phase.statuses[answer.status] += 1
        self.phase.slowest = max(self.phase.slowest, answer.answered_at - answer.sent_at)
        if answer.method != "GET":
            self.acknowledged += answer.acknowledged
            self.unknown += answer.unknown
        for broken in self._contract.violations(answer, owner, self.owners):
            self.report(broken, f"{answer.method} {answer.route} {answer.status} {_shown(answer)}")
        return answer

    def report(self, broken: Violation, about: str) -> None:
        self.phase.violations.append(f"{broken}: {about}")


def _shown(answer: Answer) -> str:
    return answer.body[:200].decode("utf-8", "replace")
