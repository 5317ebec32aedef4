"""The passwords that are tried first: a list of 30 000 that zxcvbn carries, and common words.

It is read when the first password is chosen: signing in never needs it.
"""

import re
from functools import cache
from typing import Final

from kith.accounts.passwords.languages import language_words

_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_common_password(folded: str) -> bool:
    """Whether a password, in lower case, is a common one, or one with digits or signs around it."""
    return folded in _common_passwords() or _AROUND.sub("", folded) in _common_passwords()


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"]).union(*language_words().values()) - {""}
