"""Passwords that are known from data breaches, by a range API (Have I Been Pwned) with k-anonymity.

Only the first five hexadecimal digits of the password's SHA-1 leave; the service answers with all
suffixes that it knows, and pads the answer so that its length tells nothing. It has 300 ms for
that: what it does not answer in time counts as unknown.
"""

import hashlib
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from kith.deadline import call_for
from kith.settings import settings
from kith.telemetry import count_metric, log_warning

_TIMEOUT_SECONDS: Final = 0.3
_PREFIX: Final = 5
_MOST_BYTES: Final = 200_000
_HEADERS: Final = {"Add-Padding": "true", "User-Agent": "kith"}


def is_breached(password: str) -> bool:
    """Whether a password is known from a breach; no when nobody is asked, or nobody answers."""
    url = settings().breached_passwords_url
    if not url:
        return False
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    suffixes = _fetch_in_time(url + digest[:_PREFIX])
    if suffixes is None:
        log_warning("breached_passwords_unavailable")
        count_metric("BreachedPasswordsUnavailable")
        return False
    return _count(suffixes, digest[_PREFIX:]) > 0


def _count(suffixes: str, suffix: str) -> int:
    """How often a suffix was seen; what only pads the answer was seen 0 times."""
    for line in suffixes.splitlines():
        known, _, count = line.partition(":")
        if known == suffix:
            return int(count) if count.strip().isdigit() else 0
    return 0


def _fetch_in_time(url: str) -> str | None:
    """As ``_fetch``, on a thread of its own: looking a name up cannot be given a timeout."""
    try:
        return call_for(lambda: _fetch(url), _TIMEOUT_SECONDS)
    except TimeoutError:
        return None


def _fetch(url: str) -> str | None:
    try:
        with urlopen(Request(url, headers=_HEADERS), timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - the settings allow https only
            body: bytes = response.read(_MOST_BYTES)
    except (URLError, OSError, ValueError):
        return None
    return body.decode("ascii", "replace")
