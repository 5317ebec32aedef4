"""A tag of many contacts changed at once; its contacts are written some at a time."""

from typing import Final

from kith.contacts.models import Contact
from kith.contacts.phones.service import TagNotFound
from kith.contacts.rows import ContactRow
from kith.contacts.search.folding import tag_key
from kith.contacts.service import ContactService
from kith.contacts.tags.repository import TagRepository

_BATCH: Final = 1000


class TagService:
    """The tags of one owner, about to change, in one transaction and at one moment."""

    def __init__(self, service: ContactService) -> None:
        self._service = service
        self._tags = TagRepository(service.session.connection(), service.owner.id)

    def rename(self, tag: str, name: str) -> int:
        """Call a tag otherwise; where there is one of that name, the two become one.

        Returns:
            How many living contacts have it now.

        Raises:
            TagNotFound: no contact has it.
        """
        self._require(tag)
        self._replace({tag_key(tag), tag_key(name)}, name)
        return self._tags.count(tag_key(name))

    def remove(self, tag: str) -> None:
        """Take a tag off all contacts. Raises TagNotFound when none has it."""
        self._require(tag)
        self._replace({tag_key(tag)}, None)

    def _require(self, tag: str) -> None:
        if not self._tags.contact_ids(tag_key(tag)):
            raise TagNotFound

    def _replace(self, keys: set[str], name: str | None) -> None:
        contact_ids = self._tags.contact_ids(*sorted(keys))
        for start in range(0, len(contact_ids), _BATCH):
            rows = self._service.contacts.lock_many(contact_ids[start : start + _BATCH])
            changed = [_retagged(row, keys, name) for row in rows.values()]
            self._service.contacts.save_many(
                [each for each in changed if each is not None], self._service.at
            )


def _retagged(row: ContactRow, keys: set[str], name: str | None) -> Contact | None:
    """A copy with one name in the first place of all these tags; ``None`` if it is so already."""
    tags: list[str] = []
    for tag in row.tags:
        if tag_key(tag) not in keys:
            tags.append(tag)
        elif name is not None and name not in tags:
            tags.append(name)
    if tags == list(row.tags):
        return None
    contact = row.copy()
    contact.tags = tags
    return contact
