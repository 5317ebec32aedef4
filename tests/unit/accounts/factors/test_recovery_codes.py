"""Recovery codes: long enough to be kept as plain digests, and read as people type them."""

import math
import re

from kith.accounts.factors.recovery_codes import digest_recovery_code, generate_recovery_codes


def test_there_are_ten_of_at_least_112_bits() -> None:
    codes = generate_recovery_codes()

    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch("([a-z2-7]{5}-){4}[a-z2-7]{5}", code)
        assert len(code.replace("-", "")) * math.log2(32) >= 112


def test_case_blanks_and_dashes_do_not_count() -> None:
    code = generate_recovery_codes()[0]

    for typed in (code.upper(), code.replace("-", ""), f" {code.replace('-', ' ')}\t"):
        assert digest_recovery_code(typed) == digest_recovery_code(code)
