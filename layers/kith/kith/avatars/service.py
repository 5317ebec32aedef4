"""Replacing pictures: recorded as an orphan first, uploaded second, shown last.

No transaction is open while the provider is asked. Whatever fails on the way leaves the old picture
in its slot and the new one in the list of orphans, which was written before anything was sent.
Every upload has an id of its own, so that the URL of the old picture goes on showing it.
"""

import secrets
from datetime import timedelta
from typing import Final

from kith import clock
from kith.accounts.orphaned_pictures import claim_orphan, picture_folder, record_orphans
from kith.accounts.user_repository import AccountGone
from kith.avatars.images import prepare_image
from kith.avatars.repository import PictureRepository, PictureSlot
from kith.avatars.storage import ProviderReceipt, ReceiptInvalid, UploadSignature, storage
from kith.contacts.service import ContactNotFound
from kith.database.unit_of_work import UnitOfWork, database
from kith.errors import Conflict
from kith.etags import Precondition

# The provider takes a signature for an hour; what was uploaded with it is confirmed soon after.
_SIGNATURE_LIFE: Final = timedelta(minutes=75)


class ReceiptUsed(Conflict):
    code = "receipt_used"
    detail = "This upload was confirmed already, or too long ago."


def any_version(version: int) -> None:
    """The precondition that always holds."""
    del version


def change_picture_in_two_transactions(
    slot: PictureSlot, content: bytes, precondition: Precondition = any_version
) -> None:
    """Show a new picture.

    The first transaction records its id as an orphan, the second shows it; the upload happens
    between them, with none open.

    Raises:
        KithError: the content is no picture that we take, see ``images.prepare_image``.
        AccountGone, ContactNotFound: the owner has no such slot.
        PreconditionFailed: the user or the contact was changed.
        StorageUnavailable: the provider cannot keep it now.
    """
    image = prepare_image(content)
    with database().writing() as work:
        public_id = _reserve_id(work, slot, precondition)
    url = storage().keep(public_id, image)
    with database().writing() as work:
        claim_orphan(work.connection, public_id)
        _replace(work, slot, public_id, url, precondition)


def remove_picture(work: UnitOfWork, slot: PictureSlot, precondition: Precondition) -> None:
    """Leave the slot without a picture. Raises as ``change_picture_in_two_transactions``."""
    _replace(work, slot, None, None, precondition)


def issue_upload_signature(work: UnitOfWork, slot: PictureSlot) -> UploadSignature:
    """Permission for a browser to upload one picture by itself.

    Raises:
        StorageUnavailable: no provider is configured.
    """
    return storage().sign_upload(_reserve_id(work, slot, any_version))


def confirm_direct_upload(work: UnitOfWork, slot: PictureSlot, receipt: ProviderReceipt) -> None:
    """Show what a browser uploaded.

    Raises:
        ReceiptInvalid: the provider did not sign it, or signed somebody else's picture.
        ReceiptUsed: it was confirmed before, or its signature is too old.
    """
    if not receipt.public_id.startswith(_prefix(slot)):
        raise ReceiptInvalid
    url, oldest = storage().url_of(receipt), clock.now() - _SIGNATURE_LIFE
    if not claim_orphan(work.connection, receipt.public_id, since=oldest):
        raise ReceiptUsed
    _replace(work, slot, receipt.public_id, url, any_version)


def _prefix(slot: PictureSlot) -> str:
    return f"{picture_folder(slot.owner_id)}{slot.name}-"


def _reserve_id(work: UnitOfWork, slot: PictureSlot, precondition: Precondition) -> str:
    """A new id, recorded as an orphan until its picture is shown."""
    public_id = f"{_prefix(slot)}{secrets.token_hex(8)}"
    _lock(work, slot, precondition)
    record_orphans(work.connection, [public_id], clock.now())
    return public_id


def _replace(
    work: UnitOfWork,
    slot: PictureSlot,
    public_id: str | None,
    url: str | None,
    precondition: Precondition,
) -> None:
    """Put the new picture where the old one was, which becomes an orphan."""
    before, at = _lock(work, slot, precondition), clock.now()
    if before is None and public_id is None:
        return
    PictureRepository(work.session, slot).replace(public_id, url, at)
    record_orphans(work.connection, [before], at)


def _lock(work: UnitOfWork, slot: PictureSlot, precondition: Precondition) -> str | None:
    """The id of the picture that is shown now."""
    stored = PictureRepository(work.session, slot).lock()
    if stored is None:
        raise AccountGone if slot.contact_id is None else ContactNotFound
    precondition(stored.version)
    return stored.public_id
