"""What an import did, as rows: its counts, what became of each card, and how that is undone."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy.orm import Session

from kith.contacts.entities import Owner
from kith.contacts.exchange.repository import RememberedCard
from kith.contacts.imports.importer import CardResult, CardToImport, PreparedImport
from kith.contacts.imports.repository import ImportRepository
from kith.contacts.models import ImportRecord
from kith.json_types import JsonObject

CountedStatus = Literal["created", "updated", "skipped", "failed"]
STATUSES: Final[tuple[CountedStatus, ...]] = ("created", "updated", "skipped", "failed")


def count_results(results: Sequence[CardResult]) -> dict[str, int]:
    """How many cards met which fate, and how many have fields that stayed as they were here."""
    counts = Counter[str](result.status for result in results)
    kept = sum(bool(result.kept_yours) for result in results)
    return {status: counts[status] for status in STATUSES} | {"kept_yours": kept}


def new_import(state: str, at: datetime, **columns: object) -> ImportRecord:
    """A new import that is not stored yet."""
    return ImportRecord(id=uuid4(), state=state, created_at=at, **columns)


def record_results(
    session: Session, owner: Owner, record: ImportRecord, prepared: PreparedImport
) -> None:
    """Add what became of these cards, which follow those that were read by now."""
    undo = {id(card.result): _undo(card) for card in prepared.cards}
    items = [
        _item(number, result, undo.get(id(result)))
        for number, result in enumerate(prepared.results, record.read + 1)
    ]
    ImportRepository(session, owner.id).add_items(record.id, items)
    record.read += len(items)
    for name, count in count_results(prepared.results).items():
        setattr(record, name, getattr(record, name) + count)


def _item(number: int, result: CardResult, undo: JsonObject | None) -> JsonObject:
    return {
        "number": number,
        "line": result.line,
        "status": result.status,
        "reason": result.reason,
        "contact_id": result.id,
        "changes": list(result.changes),
        "kept_yours": list(result.kept_yours),
        "undo": undo,
    }


def _undo(card: CardToImport) -> JsonObject | None:
    """What takes the news of a card back; a contact that it created leaves as a whole."""
    if card.result.status == "created" or card.result.id is None or card.says_what_is_known():
        return None
    known = card.known and [_hex(each) for each in card.known[:4]]
    return {"changed": card.changed or {}, "digest": card.digest.hex(), "known": known}


def recall_known(undo: JsonObject) -> RememberedCard | None:
    """The card that was remembered before an import."""
    if not undo["known"]:
        return None
    digest, contact_id, uid, content = undo["known"][:4]
    return RememberedCard(bytes.fromhex(digest), contact_id, uid, content)


def _hex(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
