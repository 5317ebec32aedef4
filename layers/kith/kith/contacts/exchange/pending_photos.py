"""Photos that came with imported cards wait here until the scheduled job puts them up.

An import of thousands of cards cannot wait for a provider; its transaction only keeps the bytes.
What is no picture is found out later, and then forgotten.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from kith.contacts.exchange.card import MAX_PHOTO_BYTES
from kith.contacts.models import WaitingPhoto


def store_pending_photos(
    connection: Connection, owner_id: UUID, photos: Mapping[int, bytes], at: datetime
) -> None:
    """Keep a photo for each contact id; a newer one takes the place of one that still waits."""
    rows = [
        {"owner_id": owner_id, "contact_id": contact_id, "content": content, "created_at": at}
        for contact_id, content in photos.items()
        if 0 < len(content) <= MAX_PHOTO_BYTES
    ]
    if not rows:
        return
    new = insert(WaitingPhoto)
    newer = {name: new.excluded[name] for name in ("content", "created_at")}
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["owner_id", "contact_id"], set_={**newer, "taken_at": None}
        ),
        rows,
    )


def discard_pending_photos(
    connection: Connection, owner_id: UUID, contact_ids: Collection[int], since: datetime
) -> None:
    """Forget the photos that came for these contacts since that moment and still wait."""
    waiting = (WaitingPhoto.owner_id == owner_id, WaitingPhoto.created_at >= since)
    connection.execute(
        delete(WaitingPhoto).where(*waiting, WaitingPhoto.contact_id.in_(contact_ids))
    )
