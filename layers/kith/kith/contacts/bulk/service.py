"""One action on many contacts at once; what fails for one does not stop the others."""

from collections.abc import Iterable, Mapping

from kith.contacts.fields import MAX_TAGS
from kith.contacts.models import Contact
from kith.contacts.phones.service import TooManyTags
from kith.contacts.quotas import QuotaUsedUp, quota_limits
from kith.contacts.relations.service import relink_restored, unlink_trashed
from kith.contacts.repository import MAX_CONTACT_ID
from kith.contacts.rows import ContactRow
from kith.contacts.schemas import BulkAction, BulkResult
from kith.contacts.search.folding import distinct_tags, tag_key
from kith.contacts.service import ContactNotFound, ContactService, NotInTrash
from kith.errors import KithError

RefusalType = type[KithError]


def run_bulk_action(service: ContactService, action: BulkAction) -> list[BulkResult]:
    """A result for each id, in the order of the request; an id that is named twice counts once."""
    ids = list(dict.fromkeys(action.ids))
    stored = service.contacts.lock_many([each for each in ids if each <= MAX_CONTACT_ID])
    refusals = {each: _refusal(action, stored.get(each)) for each in ids}
    accepted = {each: stored[each] for each in ids if refusals[each] is None}
    if accepted:
        refusals |= dict.fromkeys(accepted, _run(service, action, accepted))
    return [_result(each, refusals[each]) for each in ids]


def _refusal(action: BulkAction, stored: ContactRow | None) -> RefusalType | None:
    if stored is None:
        return ContactNotFound
    trashed = stored.deleted_at is not None
    if action.action == "restore":
        return None if trashed else NotInTrash
    if trashed:
        return ContactNotFound
    is_full = action.action == "tag" and len(_tagged(stored, action.tag)) > MAX_TAGS
    return TooManyTags if is_full else None


def _run(
    service: ContactService, action: BulkAction, stored: Mapping[int, ContactRow]
) -> RefusalType | None:
    """Carry the action out; what is returned refuses all of them."""
    if action.action == "delete":
        unlink_trashed(service.contacts, stored, service.at)
        service.contacts.move_to_trash(stored, service.at)
    elif action.action == "restore":
        room = service.contacts.restore(stored, service.at, quota_limits().most_living)
        if not room:
            return QuotaUsedUp
        relink_restored(service.contacts, stored, service.at)
    else:
        service.contacts.save_many(_retagged(action, stored.values()), service.at)
    return None


def _retagged(action: BulkAction, stored: Iterable[ContactRow]) -> list[Contact]:
    """Copies of those whose tags change."""
    changed = []
    for row in stored:
        tags = _tagged(row, action.tag) if action.action == "tag" else _untagged(row, action.tag)
        if len(tags) != len(row.tags):
            contact = row.copy()
            contact.tags = tags
            changed.append(contact)
    return changed


def _tagged(row: ContactRow, tag: str | None) -> list[str]:
    return distinct_tags([*row.tags, *([tag] if tag else [])])


def _untagged(row: ContactRow, tag: str | None) -> list[str]:
    return [each for each in row.tags if tag_key(each) != tag_key(tag or "")]


def _result(contact_id: int, refusal: RefusalType | None) -> BulkResult:
    return BulkResult(
        id=contact_id,
        status="failed" if refusal else "done",
        code=refusal.code if refusal else None,
    )
