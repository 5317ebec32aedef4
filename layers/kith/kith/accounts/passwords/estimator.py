"""Strength of a password: how many guesses it takes, as zxcvbn estimates it.

zxcvbn knows English; here it also learns common words of Ukrainian, Russian and Polish. A walk over
a Cyrillic or a QWERTZ keyboard is judged by the keys that are pressed.

Loaded when the first password is chosen: signing in never needs it.
"""

import math
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from kith.accounts.passwords.languages import KEYS, language_words

# Longer ones are judged by their beginning: the time that an estimate takes grows by squares.
_JUDGED_CHARACTERS: Final = 64
# zxcvbn tries every combination of what ``4`` or ``$`` may stand for: that can take seconds.
_MOST_COMBINATIONS: Final = 16
_QWERTZ: Final = str.maketrans("yzYZ", "zyZY")


class Estimate(NamedTuple):
    """``score`` is zxcvbn's, 0 to 4; ``pattern`` is what makes the password weak."""

    score: int
    pattern: str


def estimate_strength(password: str, own_words: Iterable[str]) -> Estimate:
    """The weakest reading of a password, for an attacker who knows some words of its owner."""
    from zxcvbn import zxcvbn

    _teach_languages()
    words = list(own_words)
    readings = [zxcvbn(reading, user_inputs=words) for reading in _readings(password)]
    weakest = min(readings, key=lambda reading: reading["score"])
    if weakest["password"] != readings[0]["password"]:
        return Estimate(weakest["score"], "spatial")
    longest = max(weakest["sequence"], key=lambda match: len(match["token"]))
    return Estimate(weakest["score"], longest["pattern"])


def _readings(password: str) -> list[str]:
    """The password, and the keys that it may have been typed with on another keyboard."""
    text = _without_leet(password[:_JUDGED_CHARACTERS])
    return list(dict.fromkeys((text, text.lower().translate(KEYS), text.translate(_QWERTZ))))


def _without_leet(text: str) -> str:
    from zxcvbn.matching import L33T_TABLE

    used = [set(signs) & set(text) for signs in L33T_TABLE.values()]
    if math.prod(max(1, len(signs)) for signs in used) <= _MOST_COMBINATIONS:
        return text
    return text.translate({ord(sign): 0xE000 + ord(sign) for signs in used for sign in signs})


@cache
def _teach_languages() -> None:
    from zxcvbn.matching import add_frequency_lists

    add_frequency_lists(language_words())
