"""Hashing of passwords.

``v1$<bcrypt>``: bcrypt of the Base64 of HMAC-SHA-256(pepper, NFC of the password in UTF-8), so that
bcrypt's 72 bytes never truncate anything and a stolen table is worth nothing without the pepper.
The tag in front tells by which recipe a hash was made, so that a recipe can be changed later.
"""

import base64
import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kith.deadline import time_left
from kith.errors import Unavailable
from kith.settings import settings

_RECIPE: Final = "v1"
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


def hash_password(password: str, pepper: bytes) -> str:
    """The hash to keep, at the cost that the settings ask for.

    Raises:
        HashingBusy: all slots are taken.
    """
    import bcrypt

    with _slot():
        hashed = bcrypt.hashpw(
            _prepared(password, pepper), bcrypt.gensalt(settings().password_cost)
        )
    return f"{_RECIPE}${hashed.decode()}"


def verify_password(password: str, kept: str | None, pepper: bytes) -> bool:
    """Whether it is the password; costs the same when there is none to compare with.

    Raises:
        HashingBusy: all slots are taken.
    """
    import bcrypt

    recipe, _, hashed = (kept or _dummy()).partition("$")
    with _slot():
        same = bcrypt.checkpw(_prepared(password, pepper), hashed.encode())
    return same and kept is not None and recipe == _RECIPE


def needs_rehash(kept: str) -> bool:
    """Whether a hash was made at another cost than the one that is asked for today."""
    recipe, _, hashed = kept.partition("$")
    return recipe != _RECIPE or hashed.split("$")[2] != f"{settings().password_cost:02d}"


def _prepared(password: str, pepper: bytes) -> bytes:
    text = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.digest(pepper, text, hashlib.sha256))


def _dummy() -> str:
    """A hash of nothing that anybody knows, at today's cost: bcrypt reads the cost out of it."""
    return f"{_RECIPE}$$2b${settings().password_cost:02d}${'.' * 21}O{'.' * 30}u"


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=time_left(_SLOT_TIMEOUT_SECONDS)):
        raise HashingBusy
    try:
        yield
    finally:
        _slots.release()
