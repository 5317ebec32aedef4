"""Registry of exporters: what other packages keep for a user, for the export of an account.

The accounts stand below the other packages and cannot import them. The auth function can: it
registers what belongs to a user before it serves.
"""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from kith import clock
from kith.accounts.factors.service import list_factors
from kith.accounts.models import User
from kith.accounts.personal_tokens.schemas import PersonalTokenAnswer
from kith.accounts.personal_tokens.service import list_personal_tokens
from kith.accounts.schemas import SessionAnswer, UserAnswer
from kith.accounts.sessions.service import list_active_sessions
from kith.accounts.user_repository import UserRepository

# Members of the document that the user gets, in at most so many bytes of JSON; values are anything
# that Pydantic can write as JSON.
DataExporter = Callable[[Connection, User, int], Mapping[str, object]]

_exporters: Final[list[DataExporter]] = []


def register_exporter(export: DataExporter) -> None:
    """Add something to every export; doing so twice changes nothing."""
    if export not in _exporters:
        _exporters.append(export)


def export_account(session: Session, user_id: UUID, session_id: UUID, max_bytes: int) -> bytes:
    """Data export (GDPR, article 20): all that we keep of a user, as JSON.

    Each exporter gets what the ones before have left of ``max_bytes``.
    """
    user = UserRepository(session).require(user_id)
    living = list_active_sessions(session, user_id)
    document: dict[str, object] = {
        "exported_at": clock.now(),
        "user": UserAnswer.of(user),
        "tokens": [PersonalTokenAnswer.of(each) for each in list_personal_tokens(session, user_id)],
        "sessions": [SessionAnswer.of(each, current=each.id == session_id) for each in living],
    }
    document["factors"] = list_factors(session, user_id)
    for export in _exporters:
        document |= export(session.connection(), user, max_bytes - len(to_json(document)))
    return to_json(document)
