"""Group cards of a big file: they tag their members, who may stand in any other piece of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kith.contacts.entities import Owner
from kith.contacts.exchange.encodings import decode_text
from kith.contacts.exchange.repository import ExchangeRepository
from kith.contacts.exchange.vcard.reader import group_memberships
from kith.contacts.fields import MAX_TAGS
from kith.contacts.imports.pieces import FilePiece
from kith.contacts.models import Contact
from kith.contacts.repository import ContactRepository
from kith.contacts.rows import ContactRow

_URN = "urn:uuid:"


def tags_of_members(pieces: Iterable[FilePiece], owner: Owner) -> dict[str, list[str]]:
    """The groups of a file by the uid of each member, which has no ``urn:uuid:``."""
    tags: dict[str, list[str]] = {}
    for piece in pieces:
        if b"GROUP" in piece.body.upper():
            text = decode_text(piece.body, region=owner.region)
            for member, name in group_memberships(text, owner.region):
                tags.setdefault(member, []).append(name)
    return tags


def tag_members(
    session: Session,
    owner: Owner,
    tags: Mapping[str, Sequence[str]],
    file_at: datetime,
    at: datetime,
) -> None:
    """Tag the contacts of these uids, as far as the file that came then has brought news of them.

    Raises:
        ImportRunning: another import of this owner has not ended yet.
    """
    exchange = ExchangeRepository(session.connection(), owner.id)
    exchange.claim()
    said = exchange.cards_of_uids([*tags, *(f"{_URN}{uid}" for uid in tags)])
    wanted = {
        card.contact_id: tags[uid.removeprefix(_URN)]
        for uid, cards in said.items()
        for card in cards
        if card.imported_at == file_at
    }
    contacts = ContactRepository(session, owner.id)
    rows = contacts.lock_many(wanted).values()
    contacts.save_many([_tagged(row, wanted[row.id]) for row in rows if not row.deleted_at], at)


def _tagged(row: ContactRow, tags: Sequence[str]) -> Contact:
    contact = row.copy()
    contact.tags = list(dict.fromkeys([*row.tags, *tags]))[:MAX_TAGS]
    return contact
