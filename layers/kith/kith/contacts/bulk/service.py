"""One thing done with many contacts at once; what fails for one does not stop the others."""

from collections.abc import Iterable, Mapping
from typing import Any

from kith.contacts.fields import MAX_TAGS
from kith.contacts.mapper import Draft, draft_tags
from kith.contacts.phones.service import TooManyTags
from kith.contacts.quotas import QuotaUsedUp, quota_limits
from kith.contacts.repository import MAX_CONTACT_ID, LockedRow
from kith.contacts.schemas import BulkAction
from kith.contacts.service import ContactNotFound, ContactService, NotInTrash
from kith.errors import KithError

RefusalType = type[KithError]


def run_bulk_action(book: ContactService, sent: BulkAction) -> list[dict[str, Any]]:
    """A result for each id, in the order of the request; an id that is named twice counts once."""
    ids = list(dict.fromkeys(sent.ids))
    stored = book.contacts.lock_many([each for each in ids if each <= MAX_CONTACT_ID])
    refused = {each: _refusal(sent, stored.get(each)) for each in ids}
    agreed = [each for each in ids if refused[each] is None]
    if agreed:
        late = _act(book, sent, {each: stored[each] for each in agreed})
        refused |= dict.fromkeys(agreed, late)
    return [_result(each, refused[each]) for each in ids]


def _refusal(sent: BulkAction, stored: LockedRow | None) -> RefusalType | None:
    if stored is None:
        return ContactNotFound
    buried = stored["deleted_at"] is not None
    if sent.action == "restore":
        return None if buried else NotInTrash
    if buried:
        return ContactNotFound
    full = len(stored["tags"]) >= MAX_TAGS and sent.tag not in stored["tags"]
    return TooManyTags if sent.action == "tag" and full else None


def _act(
    book: ContactService, sent: BulkAction, stored: Mapping[int, LockedRow]
) -> RefusalType | None:
    """Do it; what is returned refuses all of them."""
    ids = list(stored)
    if sent.action == "delete":
        book.contacts.bury(ids, book.at)
    elif sent.action == "restore":
        room = book.contacts.raise_up(ids, book.at, quota_limits().most_living)
        return None if room else QuotaUsedUp
    else:
        book.contacts.retag(_retagged(sent, stored.values()), book.at)
    return None


def _retagged(sent: BulkAction, stored: Iterable[LockedRow]) -> list[Draft]:
    drafts = []
    for each in stored:
        others = [tag for tag in each["tags"] if tag != sent.tag]
        tags = [*others, sent.tag] if sent.action == "tag" else others
        if set(tags) != set(each["tags"]):
            drafts.append({"id": each["id"], **draft_tags(tags, each)})
    return drafts


def _result(contact_id: int, refused: RefusalType | None) -> dict[str, Any]:
    status = "failed" if refused else "done"
    return {"id": contact_id, "status": status, "code": refused.code if refused else None}
