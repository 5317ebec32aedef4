"""Password policy (NIST SP 800-63B-4, 3.1.1.2): length, own words, common ones, strength, leaks.

No rule asks for kinds of characters. Every refusal names its rule and how to do better.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from kith.accounts.passwords.breaches import is_breached
from kith.accounts.passwords.common import is_common_password
from kith.accounts.passwords.estimator import estimate_strength
from kith.errors import Fault, Invalid
from kith.settings import settings

_PRODUCT: Final = "kith"
_BETTER: Final = "A few unrelated words in a row are easy to remember and hard to guess."
_REASONS: Final[Mapping[str, str]] = {
    "own_address": "Parts of your address are the first thing to be tried.",
    "own_name": "Your name is easily guessed.",
    "product_name": "Our own name is easily guessed.",
    "common": "It is on the list of the most common passwords.",
    "keyboard": "Neighbouring keys are easily guessed.",
    "pattern": "Repetitions, sequences, years and dates are easily guessed.",
    "guessable": "It takes too few guesses.",
    "breached": "It is known from a data breach of another service.",
}
_BY_PATTERN: Final = {
    "spatial": "keyboard",
    "repeat": "pattern",
    "sequence": "pattern",
    "regex": "pattern",
    "date": "pattern",
}


class PasswordNotAcceptable(Invalid):
    """``reason`` is the rule that was broken: see the words of the pages for all of them."""

    code = "password_not_acceptable"
    detail = "Please choose another password."

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        explained = detail or f"{_REASONS[reason]} {_BETTER}"
        super().__init__(faults=[Fault("/password", f"password_{reason}", explained)])


def validate_password(password: str, email_key: str, username: str | None = None) -> None:
    """Raises PasswordNotAcceptable. To be called outside of any unit of work: it may take long."""
    text = unicodedata.normalize("NFC", password)
    _require_length(text)
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    own_words = _own_words(email_key, username or "")
    _require_more_than_own_words(folded, own_words)
    if is_common_password(folded):
        raise PasswordNotAcceptable("common")
    estimate = estimate_strength(text, own_words)
    if estimate.score < settings().password_score:
        raise PasswordNotAcceptable(_BY_PATTERN.get(estimate.pattern, "guessable"))
    if is_breached(text):
        raise PasswordNotAcceptable("breached")


def _require_length(text: str) -> None:
    if len(text) < settings().password_min:
        detail = f"At least {settings().password_min} characters, please."
        raise PasswordNotAcceptable("too_short", detail)
    if len(text) > settings().password_max:
        detail = f"At most {settings().password_max} characters, please."
        raise PasswordNotAcceptable("too_long", detail)


def _own_words(email_key: str, username: str) -> dict[str, str]:
    """Words that an attacker knows, the longest first, each with the rule that forbids it."""
    name = unicodedata.normalize("NFKC", username).casefold()
    local, _, domain = email_key.rpartition(".")[0].partition("@")
    words = {
        _PRODUCT: "product_name",
        **dict.fromkeys(_parts(name), "own_name"),
        **dict.fromkeys([email_key, *_parts(local), *_parts(domain)], "own_address"),
    }
    return dict(sorted(words.items(), key=lambda item: -len(item[0])))


def _parts(text: str) -> list[str]:
    """A text, and the words in it; too short ones are in every password by chance."""
    return [part for part in (text, *re.findall(r"[^\W\d_]+", text)) if len(part) > 2]


def _require_more_than_own_words(folded: str, own_words: Mapping[str, str]) -> None:
    """What is left without them must be strong by itself."""
    rest, reason = folded, ""
    for word, rule in own_words.items():
        if word in rest:
            rest, reason = rest.replace(word, ""), reason or rule
    if not reason:
        return
    if len(rest) < 4 or estimate_strength(rest, ()).score < settings().password_score:
        raise PasswordNotAcceptable(reason)
