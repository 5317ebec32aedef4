"""One-click unsubscribe by the link in a letter (RFC 8058): no password, session or expiry.

The token is the user's id and a seal over it, made with a seed of the user that is good for nothing
else. So every letter can have a link without a row of its own, and the oldest one still works.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.models import User
from kith.accounts.user_repository import UserRepository
from kith.base64url import decode_base64url, encode_base64url
from kith.database.unit_of_work import UnitOfWork
from kith.errors import NotFound
from kith.settings import settings
from kith.telemetry import log

_ID_BYTES: Final = 16
_SEAL_BYTES: Final = 16


class UnsubscribeLinkUnknown(NotFound):
    code = "link_unknown"
    detail = "This link leads nowhere (any more)."


def make_unsubscribe_link(user_id: UUID, seed: bytes) -> str:
    """The link for a letter; ``seed`` is the user's ``unsubscribe_seed``."""
    token = encode_base64url(user_id.bytes + _seal(user_id, seed))
    return f"{settings().public_base_url}/unsubscribe/{token}"


def unsubscribe_headers(link: str) -> Mapping[str, str]:
    """The headers by which a mail program can offer its own button."""
    return {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def find_unsubscribe_user(session: Session, token: str) -> User:
    """Whose link this is.

    Raises:
        UnsubscribeLinkUnknown: nobody's.
    """
    user_id, seal = _parse(token)
    return _require_seal(UserRepository(session).get(user_id), seal)


def unsubscribe(work: UnitOfWork, token: str) -> User:
    """No more reminders; doing it twice changes nothing.

    Raises:
        UnsubscribeLinkUnknown: it is nobody's link.
    """
    user_id, seal = _parse(token)
    user = _require_seal(UserRepository(work.session).lock(user_id), seal)
    if user.reminders_enabled:
        user.reminders_enabled, user.updated_at = False, clock.now()
        work.after_commit(lambda: log("unsubscribed", user_id=str(user_id)))
    return user


def _require_seal(user: User | None, seal: bytes) -> User:
    if user is None or not hmac.compare_digest(seal, _seal(user.id, user.unsubscribe_seed)):
        raise UnsubscribeLinkUnknown
    return user


def _parse(token: str) -> tuple[UUID, bytes]:
    try:
        given = decode_base64url(token)
    except ValueError:
        raise UnsubscribeLinkUnknown from None
    if len(given) != _ID_BYTES + _SEAL_BYTES:
        raise UnsubscribeLinkUnknown
    return UUID(bytes=given[:_ID_BYTES]), given[_ID_BYTES:]


def _seal(user_id: UUID, seed: bytes) -> bytes:
    return hmac.digest(seed, b"unsubscribe:" + user_id.bytes, hashlib.sha256)[:_SEAL_BYTES]
