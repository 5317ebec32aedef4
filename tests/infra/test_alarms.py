"""Alarms that can ring: each is evaluated as CloudWatch does it, over what is missing too."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from infra.local.stack.intrinsics import load

ROOT = Path(__file__).parents[2]
# Whose silence is the fault itself. Everything else is silent when all is well.
RING_WHEN_SILENT: Final = {"Heartbeat", "WayOut"}
UNKNOWN_WHEN_SILENT: Final = {"Connections", "Storage"}  # RDS reports every minute, or is away
COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}

Series = Mapping[str, float | None]  # by the name of a metric's id; None: nothing was published
Alarm = dict[str, Any]


def all_alarms() -> dict[str, Alarm]:
    found = {}
    for file in (ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))):
        for name, resource in load(file)["Resources"].items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                found[name] = resource["Properties"]
    return found


ALARMS: Final = all_alarms()


def metrics_of(alarm: Alarm) -> list[str]:
    queries = alarm.get("Metrics", [])
    return [query["Id"] for query in queries if "MetricStat" in query] or ["it"]


def value_of(alarm: Alarm, series: Series) -> float | None:
    """The alarm's datapoint; CloudWatch has none for an expression of which one part has none."""
    expressions = [
        query["Expression"] for query in alarm.get("Metrics", []) if "Expression" in query
    ]
    if not expressions:
        return series["it"]
    (expression,) = expressions
    filled = re.sub(r"FILL\((\w+), *(\w+)\)", lambda found: _filled(found, series), expression)
    total = 0.0
    for term in filled.split("+"):
        value = series.get(term.strip(), None) if term.strip() in series else float(term)
        if value is None:
            return None
        total += value
    return total


def _filled(found: re.Match[str], series: Series) -> str:
    value = series[found[1]]
    return found[2] if value is None else str(value)


def state_of(alarm: Alarm, series: Series) -> str:
    """Its state when every period is alike: ``ALARM``, ``OK`` or ``INSUFFICIENT_DATA``."""
    value = value_of(alarm, series)
    if value is None:
        missing = alarm.get("TreatMissingData", "missing")
        states = {"breaching": "ALARM", "notBreaching": "OK"}
        return states.get(missing, "INSUFFICIENT_DATA")
    threshold = 60.0 if isinstance(alarm["Threshold"], dict) else float(alarm["Threshold"])
    return "ALARM" if COMPARE[alarm["ComparisonOperator"]](value, threshold) else "OK"


def silence(alarm: Alarm) -> dict[str, float | None]:
    return dict.fromkeys(metrics_of(alarm))


def bad_value(alarm: Alarm) -> float:
    return 0.0 if alarm["ComparisonOperator"] == "LessThanThreshold" else 1e15


def good_value(alarm: Alarm) -> float:
    return 1e15 if alarm["ComparisonOperator"] == "LessThanThreshold" else 0.0


@pytest.mark.parametrize("name", ALARMS)
def test_silence_is_decided_for_each_alarm(name: str) -> None:
    alarm = ALARMS[name]
    wanted = "OK"
    if name in RING_WHEN_SILENT:
        wanted = "ALARM"
    if name in UNKNOWN_WHEN_SILENT:
        wanted = "INSUFFICIENT_DATA"

    assert "TreatMissingData" in alarm
    assert state_of(alarm, silence(alarm)) == wanted


@pytest.mark.parametrize("name", ALARMS)
def test_one_metric_alone_can_ring_while_all_others_are_silent(name: str) -> None:
    alarm = ALARMS[name]
    for metric in metrics_of(alarm):
        assert state_of(alarm, {**silence(alarm), metric: bad_value(alarm)}) == "ALARM", metric


@pytest.mark.parametrize("name", ALARMS)
def test_no_alarm_rings_while_all_is_well(name: str) -> None:
    alarm = ALARMS[name]

    assert state_of(alarm, dict.fromkeys(metrics_of(alarm), good_value(alarm))) == "OK"


@pytest.mark.parametrize(
    ("expression", "rings"),
    [("letters + plans", False), ("FILL(letters, 0) + FILL(plans, 0)", True)],
)
def test_the_evaluator_knows_a_sum_that_never_rings(expression: str, rings: bool) -> None:
    """As the dead letters were summed once."""
    metric: Alarm = {"MetricStat": {}}
    alarm: Alarm = {
        "Metrics": [{"Id": "sum", "Expression": expression}]
        + [{"Id": each, **metric} for each in ("letters", "plans")],
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }

    assert (state_of(alarm, {"letters": 5.0, "plans": None}) == "ALARM") is rings


def test_every_alarm_tells_somebody_but_the_one_that_takes_a_version_back() -> None:
    silent = {name for name, alarm in ALARMS.items() if "AlarmActions" not in alarm}

    assert silent == {"RollbackAlarm"}


def test_every_queue_of_dead_letters_has_an_alarm(resources: dict[str, Any]) -> None:
    """Whoever adds a queue is reminded of it here."""
    dead_letters = {
        resource["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for resource in resources.values()
        if resource["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in resource["Properties"]
    }
    given = resources["Observability"]["Properties"]["Parameters"]
    watched = {
        dimension["Value"]["Ref"]
        for alarm in ALARMS.values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }

    assert {given[each]["Fn::GetAtt"][0] for each in watched} == dead_letters


def test_what_the_owner_must_hear_of_has_an_alarm() -> None:
    wanted = {
        "WayOut", "OldestAccountLetter", "LoginFailures", "RefreshTokenReused", "Heartbeat",
        "Storage", "Connections", "LettersDeadLettersWait", "PlannerDeadLettersWait", "Http5xx",
        "AuthorizerFails", "QueueAway",
    }  # fmt: skip

    assert wanted <= set(ALARMS)


def test_every_alarm_is_in_the_runbook() -> None:
    runbook = (ROOT / "docs/operating/runbook.md").read_text()

    for name in set(ALARMS) - {"RollbackAlarm"}:
        assert f"`{name}`" in runbook, name
