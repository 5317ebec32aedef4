"""The rules of pictures: written down first, uploaded second, hung up last.

No transaction is open while the provider is asked. Whatever fails on the way leaves the old picture
in its place and the new one in the list of orphans, which was written before anything was sent.
Every upload has an id of its own, so that the address of the old picture goes on showing it.
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

# The provider takes a ticket for an hour; what was uploaded with it is hung up soon after.
_TICKET_LIFE: Final = timedelta(minutes=75)


class ReceiptUsed(Conflict):
    code = "receipt_used"
    detail = "This upload was confirmed already, or too long ago."


def _anything(version: int) -> None:
    del version


def change_picture(place: PictureSlot, content: bytes, *, check: Precondition = _anything) -> None:
    """Hang up a new picture; ``check`` may refuse the version that is there.

    Raises:
        KithError: the content is no picture that we take (see ``pictures.prepare``).
        ContactNotFound: the owner has no such contact.
        PicturesAway: the provider cannot keep it now.
    """
    picture = prepare_image(content)
    public_id = _announce(place, check)
    address = storage().keep(public_id, picture)
    with database().writing() as work:
        _hang(work, place, public_id, address, check)


def remove_picture(place: PictureSlot, *, check: Precondition = _anything) -> None:
    """Leave the place without a picture. Raises ContactNotFound."""
    with database().writing() as work:
        _swap(work, place, None, None, check)


def issue_upload_ticket(place: PictureSlot) -> UploadSignature:
    """Permission for a browser to upload one picture by itself. Raises as ``change`` does."""
    kept_at = storage()
    return kept_at.ticket(_announce(place, _anything))


def accept_upload(place: PictureSlot, receipt: ProviderReceipt) -> None:
    """Hang up what a browser uploaded.

    Raises:
        ReceiptInvalid: the provider did not say so, or said it about somebody else's picture.
        ReceiptUsed: it was confirmed before, or its ticket is too old.
    """
    if not receipt.public_id.startswith(_ids_of(place)):
        raise ReceiptInvalid
    address = storage().address_of(receipt)
    at = clock.now()
    with database().writing() as work:
        if not claim_orphan(work.connection, receipt.public_id, since=at - _TICKET_LIFE):
            raise ReceiptUsed
        _swap(work, place, receipt.public_id, address, _anything)


def _ids_of(place: PictureSlot) -> str:
    return f"{picture_folder(place.owner_id)}{place.name}-"


def _announce(place: PictureSlot, check: Precondition) -> str:
    """A new id, written down as nobody's until its picture hangs."""
    public_id = f"{_ids_of(place)}{secrets.token_hex(8)}"
    with database().writing() as work:
        _held(work, place, check)
        record_orphans(work.connection, [public_id], clock.now())
    return public_id


def _hang(
    work: UnitOfWork, place: PictureSlot, public_id: str, address: str, check: Precondition
) -> None:
    claim_orphan(work.connection, public_id)
    _swap(work, place, public_id, address, check)


def _swap(
    work: UnitOfWork,
    place: PictureSlot,
    public_id: str | None,
    address: str | None,
    check: Precondition,
) -> None:
    """Put the new picture where the old one was, which becomes an orphan."""
    before, at = _held(work, place, check), clock.now()
    if before is None and public_id is None:
        return
    PictureRepository(work.connection, place).hang(public_id, address, at)
    record_orphans(work.connection, [before], at)


def _held(work: UnitOfWork, place: PictureSlot, check: Precondition) -> str | None:
    """The id of what hangs there now."""
    held = PictureRepository(work.connection, place).held()
    if held is None:
        raise AccountGone if place.contact_id is None else ContactNotFound
    check(held.version)
    return held.public_id
