"""How strong a password is: in several languages, on several keyboards, in bounded time."""

import time

import pytest

from kith.accounts.passwords.estimator import estimate_strength


def test_words_of_the_owner_make_a_password_weaker() -> None:
    stranger = estimate_strength("zubrovka77", ())
    owner = estimate_strength("zubrovka77", ["zubrovka"])

    assert owner.score < stranger.score


@pytest.mark.parametrize(
    "hostile",
    [
        "4@8({[<369!1|7+0$5%2" * 12,
        "p4$$w0rdm0nk3y!dr@g0n|3tm31n" * 8,
        "passwordmonkeydragon" * 12,
        "19901231" * 30,
        "qazwsxedcrfvtgbyhnujmikolp" * 9,
        "ab" * 128,
    ],
)
def test_no_password_takes_long_to_judge(hostile: str) -> None:
    """zxcvbn alone takes three seconds for the first one."""
    estimate_strength("warm up", ())
    began = time.process_time()

    estimate_strength(hostile[:256], ["alice"])

    assert time.process_time() - began < 1
