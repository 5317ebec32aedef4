"""What rises after the warm-up is told from what only did so before."""

import pytest

from tests.chaos.measurements import MEMORY, ROW, TABLE, Sample, growths

SAMPLES = 26


@pytest.mark.parametrize(
    ("unit", "values", "is_flat"),
    [
        (MEMORY, [80.0] * SAMPLES, True),
        (MEMORY, [min(50.0 + 10 * n, 100.0) for n in range(SAMPLES)], True),
        (MEMORY, [100.0 + n for n in range(SAMPLES)], False),
        (MEMORY, [100.0 + n % 3 for n in range(SAMPLES)], True),
        (TABLE, [1000.0 * n for n in range(SAMPLES)], False),
        (ROW, [2000.0 - n for n in range(SAMPLES)], True),
    ],
)
def test_growth_is_judged_after_the_warm_up(unit: str, values: list[float], is_flat: bool) -> None:
    samples = [Sample(1000 * n, {("it", unit): value}) for n, value in enumerate(values)]

    (found,) = growths(samples)

    assert found.is_flat is is_flat


def test_only_what_was_there_all_the_time_is_judged() -> None:
    samples = [Sample(n, {("it", MEMORY): 1.0}) for n in range(SAMPLES)]
    samples[-1] = Sample(SAMPLES, {("it", MEMORY): 1.0, ("newcomer", MEMORY): 500.0})

    assert [each.series for each in growths(samples)] == [("it", MEMORY)]
