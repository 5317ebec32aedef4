"""The targets of `make fuzz` hold what fuzzing starts from."""

import pytest

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS, check


def test_each_target_has_seeds() -> None:
    assert SEEDS.keys() == TARGETS.keys()
    assert all(SEEDS.values())


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_is_no_finding(target: str) -> None:
    for seed in SEEDS[target]:
        check(target, seed)
