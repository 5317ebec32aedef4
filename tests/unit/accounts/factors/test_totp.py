"""TOTP against the test vectors of RFC 6238, appendix B (SHA-1), cut to six digits."""

from datetime import UTC, datetime

import pytest

from kith.accounts.factors.totp import generate_seed, matching_step

SEED = b"12345678901234567890"
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert matching_step(SEED, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize(("off", "found"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_one_step_of_drift_is_allowed(off: int, *, found: bool) -> None:
    step = matching_step(SEED, "081804", datetime.fromtimestamp(1111111109 + off, UTC))

    assert step == (1111111109 // 30 if found else None)


def test_seeds_are_random_and_as_long_as_the_digest() -> None:
    assert len({generate_seed() for _ in range(100)}) == 100
    assert len(generate_seed()) == 20
