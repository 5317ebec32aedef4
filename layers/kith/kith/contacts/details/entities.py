"""Details of a contact: typed values that most contacts have few of.

They are stored as one JSON object, null where nothing is known. A dozen columns that are nearly
always empty would cost every list, which reads each column of each row; this costs a contact
without details one null. Members without a value are not stored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final, Self

from kith.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class AddressEntry:
    """One postal address; at least one part beside the label is there."""

    label: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class UrlEntry:
    """One page of a person."""

    url: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class MessengerEntry:
    """Where a person can be written to: which service, and who they are there."""

    service: str
    handle: str


@dataclass(frozen=True, slots=True)
class RelationEntry:
    """Somebody whom a person has to do with: by name, or another contact of the owner.

    Attributes:
        kind: who that one is: ``spouse``, ``child``, or the owner's own word.
        name: also of another contact, for searches, files and the trash; ``relations.service``
            keeps it up to date.
        contact_id: of a living contact: another living one, with a relation to this one. In the
            trash it only remembers which one that was.
    """

    kind: str
    name: str
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """All details of a contact."""

    middle_name: str | None = None
    name_prefix: str | None = None
    name_suffix: str | None = None
    nickname: str | None = None
    organization: str | None = None
    job_title: str | None = None
    addresses: tuple[AddressEntry, ...] = ()
    urls: tuple[UrlEntry, ...] = ()
    messengers: tuple[MessengerEntry, ...] = ()
    relations: tuple[RelationEntry, ...] = ()
    how_we_met: str | None = None
    gift_ideas: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, object] | None) -> Self:
        """The details of a stored object; of none, no details."""
        if not stored:
            return cls()
        values: JsonObject = {name: _loaded(name, value) for name, value in stored.items()}
        return cls(**values)

    def to_json(self) -> JsonObject | None:
        """What is known, as it is stored; None where nothing is."""
        return {
            name: _stored(value) for name in DETAIL_NAMES if (value := getattr(self, name))
        } or None


DETAIL_NAMES: Final = tuple(field.name for field in fields(ContactDetails))
NO_DETAILS: Final = ContactDetails()
# Where a file does not say which: the most general word of RFC 6350 (6.6.6), and none of anybody's.
UNKNOWN_RELATION: Final = "contact"
UNKNOWN_SERVICE: Final = "other"
DetailEntry = AddressEntry | UrlEntry | MessengerEntry | RelationEntry
DETAIL_ENTRIES: Final[Mapping[str, type[DetailEntry]]] = {
    "addresses": AddressEntry,
    "urls": UrlEntry,
    "messengers": MessengerEntry,
    "relations": RelationEntry,
}

DETAIL_TEXTS: Final = tuple(name for name in DETAIL_NAMES if getattr(NO_DETAILS, name) is None)


def load_entries(name: str, items: Iterable[JsonObject]) -> tuple[DetailEntry, ...]:
    """The entries of a list of details that came as JSON."""
    entry = DETAIL_ENTRIES[name]
    return tuple(entry(**item) for item in items)


def _loaded(name: str, value: object) -> object:
    if not isinstance(value, list):
        return value
    return load_entries(name, value) if name in DETAIL_ENTRIES else tuple(value)


def _stored(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    return [item if isinstance(item, str) else _without_nulls(item) for item in value]


def _without_nulls(entry: DetailEntry) -> JsonObject:
    return {name: value for name, value in asdict(entry).items() if value is not None}
