"""Repository of pictures: of a user, of one of their contacts, and of those that nobody shows.

A slot always begins with its owner, so that nobody else's can be reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, or_, select, tuple_, union_all, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from kith.accounts.models import OrphanedPicture, User
from kith.accounts.orphaned_pictures import picture_owner
from kith.contacts.models import Contact, WaitingPhoto


@dataclass(frozen=True, slots=True)
class PictureSlot:
    """Where a picture is shown: a user's own, or with ``contact_id`` that of a living contact."""

    owner_id: UUID
    contact_id: int | None = None

    @property
    def name(self) -> str:
        return "avatar" if self.contact_id is None else f"contact-{self.contact_id}"


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """What a slot shows; ``version`` is that of the user or the contact."""

    public_id: str | None
    version: int


@dataclass(frozen=True, slots=True)
class PendingPhoto:
    """A photo of an imported card, claimed for its upload."""

    slot: PictureSlot
    content: bytes


class PictureRepository:
    """The picture of one slot."""

    def __init__(self, session: Session, slot: PictureSlot) -> None:
        self._session = session
        self._slot = slot
        self._prefix = "avatar" if slot.contact_id is None else "photo"

    def lock(self) -> StoredPicture | None:
        """What is shown; nobody else can change it before the transaction ends."""
        holder = self._locked_holder()
        if holder is None:
            return None
        return StoredPicture(getattr(holder, f"{self._prefix}_public_id"), holder.version)

    def replace(self, public_id: str | None, url: str | None, at: datetime) -> None:
        """Show a picture, or none, where there is a slot; its version counts up in any case."""
        holder = self._locked_holder()
        if holder is None:
            return
        setattr(holder, f"{self._prefix}_public_id", public_id)
        setattr(holder, f"{self._prefix}_url", url)
        holder.updated_at = at
        flag_modified(holder, "updated_at")
        self._session.flush()

    def _locked_holder(self) -> User | Contact | None:
        """The user or the living contact whose picture it is."""
        owner_id, contact_id = self._slot.owner_id, self._slot.contact_id
        if contact_id is None:
            return self._session.get(User, owner_id, with_for_update=True)
        contact = self._session.get(Contact, (owner_id, contact_id), with_for_update=True)
        return contact if contact and contact.deleted_at is None else None


def account_name(connection: Connection, user_id: UUID) -> str | None:
    """What initials are made of: the user's name, else the first part of the address."""
    found = select(User.username, User.email).where(User.id == user_id)
    user = connection.execute(found).one_or_none()
    if user is None:
        return None
    return str(user.username or user.email.partition("@")[0])


def orphans(connection: Connection, before: datetime, limit: int) -> Sequence[str]:
    """Ids of pictures that were written down before a moment and are still nobody's."""
    found = select(OrphanedPicture.public_id).where(OrphanedPicture.created_at < before)
    return connection.scalars(found.order_by(OrphanedPicture.created_at).limit(limit)).all()


def is_shown(connection: Connection, public_id: str) -> bool:
    """Whether somebody shows this picture, or still owns this folder."""
    owner_id = picture_owner(public_id)
    mine = select(User.id).where(User.id == owner_id)
    if not public_id.endswith("/"):
        mine = mine.where(User.avatar_public_id == public_id)
    theirs = select(Contact.owner_id).where(
        Contact.owner_id == owner_id, Contact.photo_public_id == public_id
    )
    return connection.execute(union_all(mine, theirs).limit(1)).first() is not None


def claim_pending_photos(
    connection: Connection, at: datetime, lease: timedelta
) -> PendingPhoto | None:
    """Claim the photo that waits longest; it is free again when the lease has run out."""
    key = tuple_(WaitingPhoto.owner_id, WaitingPhoto.contact_id)
    free = or_(WaitingPhoto.taken_at.is_(None), WaitingPhoto.taken_at < at - lease)
    first = (
        select(WaitingPhoto.owner_id, WaitingPhoto.contact_id)
        .where(free)
        .order_by(WaitingPhoto.created_at)
    )
    row = connection.execute(
        update(WaitingPhoto)
        .where(key.in_(first.limit(1).with_for_update(skip_locked=True)))
        .values(taken_at=at)
        .returning(WaitingPhoto.owner_id, WaitingPhoto.contact_id, WaitingPhoto.content)
    ).one_or_none()
    return (
        PendingPhoto(PictureSlot(row.owner_id, row.contact_id), bytes(row.content)) if row else None
    )


def discard_stale_photos(connection: Connection, before: datetime) -> None:
    """Delete photos that have waited since before a moment."""
    connection.execute(delete(WaitingPhoto).where(WaitingPhoto.created_at < before))


def discard_pending_photo(connection: Connection, slot: PictureSlot) -> None:
    mine = (WaitingPhoto.owner_id == slot.owner_id) & (WaitingPhoto.contact_id == slot.contact_id)
    connection.execute(delete(WaitingPhoto).where(mine))
