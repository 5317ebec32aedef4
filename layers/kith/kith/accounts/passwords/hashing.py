"""Hashing of passwords.

``v2$<bcrypt>``: bcrypt of the Base64 of HMAC-SHA-256(pepper, NFC of the password in UTF-8), so that
bcrypt's 72 bytes never truncate anything and a stolen table is worth nothing without the pepper.
The tag in front names the pepper, so that another one can take its place: what was hashed with an
older one is verified with it, and hashed anew at the next login.
"""

import base64
import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from kith.deadline import time_left
from kith.errors import Unavailable
from kith.settings import settings

# Peppers by their tags: ``v1``, ``v2`` …; the newest has the highest number.
Peppers = Mapping[str, bytes]

# A hash takes a quarter of a second of a core; more of them at once only make all of them slower.
_SLOTS: Final = 2
_SLOT_TIMEOUT_SECONDS: Final = 2.0

_slots: Final = threading.BoundedSemaphore(_SLOTS)


class HashingBusy(Unavailable):
    code = "busy"
    detail = "Too many people are signing in right now; try again shortly."


def exceeds_maximum_length(password: str) -> bool:
    """Whether no account can have this password."""
    return len(unicodedata.normalize("NFC", password)) > settings().password_max


def hash_password(password: str, peppers: Peppers) -> str:
    """The hash to keep, with the newest pepper and at the cost that the settings ask for.

    Raises:
        HashingBusy: all slots are taken.
    """
    import bcrypt

    tag = _newest(peppers)
    with _slot():
        hashed = bcrypt.hashpw(
            _prepared(password, peppers[tag]), bcrypt.gensalt(settings().password_cost)
        )
    return f"{tag}${hashed.decode()}"


def pepper_tag(kept: str) -> str:
    """The tag of the pepper that a hash was made with."""
    return kept.partition("$")[0]


def verify_password(password: str, kept: str | None, peppers: Peppers) -> bool:
    """Whether it is the password; costs the same when there is none to compare with.

    Raises:
        HashingBusy: all slots are taken.
    """
    import bcrypt

    tag, _, hashed = (kept or _dummy()).partition("$")
    pepper = peppers.get(tag, peppers[_newest(peppers)])
    with _slot():
        same = bcrypt.checkpw(_prepared(password, pepper), hashed.encode())
    return same and kept is not None and tag in peppers


def needs_rehash(kept: str, peppers: Peppers) -> bool:
    """Whether a hash was made with another pepper, or at another cost, than one of today is."""
    tag, _, hashed = kept.partition("$")
    return tag != _newest(peppers) or hashed.split("$")[2] != f"{settings().password_cost:02d}"


def _newest(peppers: Peppers) -> str:
    return max(peppers, key=lambda tag: int(tag[1:]))


def _prepared(password: str, pepper: bytes) -> bytes:
    text = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.digest(pepper, text, hashlib.sha256))


def _dummy() -> str:
    """A hash of nothing that anybody knows, at today's cost: bcrypt reads the cost out of it."""
    return f"v1$$2b${settings().password_cost:02d}${'.' * 21}O{'.' * 30}u"


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=time_left(_SLOT_TIMEOUT_SECONDS)):
        raise HashingBusy
    try:
        yield
    finally:
        _slots.release()
