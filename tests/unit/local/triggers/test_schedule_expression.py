"""When the local cloud's scheduler wakes a function."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.triggers.schedule_expression import UnknownSchedule, parse

MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda s: datetime.fromtimestamp(s, UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "until", "tick"),
    [
        ("rate(15 minutes)", "2027-01-01T00:01", "2027-01-01T00:14", None),
        ("rate(15 minutes)", "2027-01-01T00:14", "2027-01-01T00:15", "2027-01-01T00:15"),
        ("rate(1 day)", "2027-01-01T12:00", "2027-01-03T12:00", "2027-01-03T00:00"),
        ("cron(0/15 * * * ? *)", "2027-01-01T00:14", "2027-01-01T00:44", "2027-01-01T00:30"),
        ("cron(0/15 * * * ? *)", "2027-01-01T00:30", "2027-01-01T00:44", None),
        ("cron(0/15 * * * ? *)", "2027-01-01T00:30", "2031-05-05T10:59", "2031-05-05T10:45"),
        ("cron(30 9 ? * MON-FRI *)", "2027-01-01T10:00", "2027-01-04T09:29", None),
        ("cron(30 9 ? * MON-FRI *)", "2027-01-01T10:00", "2027-01-04T10:00", "2027-01-04T09:30"),
        ("cron(0 0 29 2 ? *)", "2025-01-01T00:00", "2029-01-01T00:00", "2028-02-29T00:00"),
        ("cron(0 8,20 1 JAN ? 2027)", "2026-01-01T00:00", "2030-01-01T00:00", "2027-01-01T20:00"),
    ],
)
def test_the_latest_tick_of_a_span_is_due(
    expression: str, after: str, until: str, tick: str | None
) -> None:
    assert parse(expression).latest(at(after), at(until)) == (at(tick) if tick else None)


@given(start=MOMENTS, span=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_rate_and_its_cron_agree(start: datetime, span: timedelta) -> None:
    rate = parse("rate(15 minutes)").latest(start, start + span)

    assert parse("cron(0/15 * * * ? *)").latest(start, start + span) == rate


@pytest.mark.parametrize(
    "expression",
    [
        "at(2027-01-01T00:00:00)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "rate(5 minutes",
        "cron(* * * *)",
        "cron(0 25 * * ? *)",
        "cron(0 9 L * ? *)",
        "cron(0 9 ? * MON#2 *)",
        "",
    ],
)
def test_what_is_not_understood_is_an_error(expression: str) -> None:
    with pytest.raises(UnknownSchedule):
        parse(expression)
