"""Passwords: what is acceptable, and how one is kept.

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

from kith.accounts.common_passwords import is_common_password
from kith.errors import Fault, Invalid, Unavailable
from kith.settings import settings

_RECIPE: Final = "v1"
# A hash takes a quarter of a second of a core; more of them at once only make all of them slower.
_SLOTS: Final = 2
_SLOT_TIMEOUT_SECONDS: Final = 2.0
_PRODUCT: Final = "kith"

_slots: Final = threading.BoundedSemaphore(_SLOTS)


class PasswordNotAcceptable(Invalid):
    """``reason`` is the rule that was broken: see the words of the pages for all of them."""

    code = "password_not_acceptable"
    detail = "Please choose another password."

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(faults=[Fault("/password", f"password_{reason}", detail)])


class HashingBusy(Unavailable):
    code = "busy"
    detail = "Too many people are signing in right now; try again shortly."


def validate_password(password: str, email_key: str) -> None:
    """Raises PasswordNotAcceptable with the reason. No rule about kinds of characters (NIST)."""
    text = unicodedata.normalize("NFC", password)
    _require_length(text)
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    if _is_about(folded, email_key):
        raise PasswordNotAcceptable("own_address", "Your address is the first thing to be tried.")
    if _PRODUCT in folded and not folded.replace(_PRODUCT, "").strip("0123456789!?. -_"):
        raise PasswordNotAcceptable("product_name", "Our own name is easily guessed.")
    if is_common_password(folded):
        raise PasswordNotAcceptable("common", "It is on the list of the most common passwords.")


def _require_length(text: str) -> None:
    if len(text) < settings().password_min:
        detail = f"At least {settings().password_min} characters, please."
        raise PasswordNotAcceptable("too_short", detail)
    if len(text) > settings().password_max:
        detail = f"At most {settings().password_max} characters, please."
        raise PasswordNotAcceptable("too_long", detail)


def _is_about(folded: str, email_key: str) -> bool:
    return folded in {email_key, email_key.partition("@")[0]}


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
    if not _slots.acquire(timeout=_SLOT_TIMEOUT_SECONDS):
        raise HashingBusy
    try:
        yield
    finally:
        _slots.release()
