"""The passwords that are tried first: the list that zxcvbn carries, 30 000 of them.

Only the list is used. It is read when the first password is chosen: signing in never needs it.
"""

from functools import cache


def is_common_password(folded: str) -> bool:
    """Whether a password, in lower case, is one of the common ones."""
    return folded in _listed()


@cache
def _listed() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
