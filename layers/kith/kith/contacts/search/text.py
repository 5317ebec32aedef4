"""What a search looks into, and the patterns that it looks for.

Pure. All that can be searched of a contact is one text of five sections; a control character, which
no value contains, ends each of the first four. So one narrow column answers every filter: a
pattern that names a section's end stays inside that section.

The column travels in an index, whose entries are bounded. The few contacts that have more to search
in keep it in a second column, ``search_long``, and only a mark in the first.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Final, NamedTuple

from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    UrlEntry,
)
from kith.contacts.email_address import unicode_address
from kith.contacts.entities import EmailEntry, PhoneEntry
from kith.contacts.phones.number import dialled_digits, digits_of, looks_like_phone
from kith.contacts.search.folding import fold_text, latin_key, sort_key

LONG_TEXT_MARK: Final = "\x05"  # the mark of a contact whose text is in `search_long`
_ENDS: Final = "\x01\x02\x03\x04"
_MOST_BYTES: Final = 2000  # an entry of a B-tree holds 2704, with its key


class SearchSections(NamedTuple):
    """The folded text of a contact, section by section."""

    first_name: str
    last_name: str
    emails: str
    phones: str
    more: str

    def joined(self) -> str:
        return "".join(f"{text}{end}" for text, end in zip(self, (*_ENDS, ""), strict=True))


def split_long_text(text: str) -> tuple[str, str | None]:
    """The values of the columns ``search`` and ``search_long`` for a text."""
    return (LONG_TEXT_MARK, text) if len(text.encode()) > _MOST_BYTES else (text, None)


def sort_name(first_name: str | None, last_name: str | None) -> str:
    """What a contact is sorted by; of two contacts with the same one we ask if they are one."""
    return sort_key(" ".join(filter(None, (first_name, last_name))))


def name_text(*names: str | None) -> str:
    """Names, tags and other words: folded, and in Latin letters."""
    return _lines(each for name in names if name for each in (fold_text(name), *latin_key(name)))


def emails_text(emails: Iterable[EmailEntry]) -> str:
    written = [entry.address for entry in emails]
    return _lines(fold_text(each) for each in (*written, *map(unicode_address, written)))


def phones_text(phones: Iterable[PhoneEntry]) -> str:
    return "\n".join(map(_phone_text, phones))


def _phone_text(phone: PhoneEntry) -> str:
    digits = " ".join(dialled_digits(phone))
    lettered = any(each.isalpha() for each in phone.number)
    return f"{digits}\n{fold_text(phone.number)}" if lettered else digits


def more_text(
    details: ContactDetails, tags: Iterable[str], notes: str | None, extra: Mapping[str, object]
) -> str:
    """The rest, in the order of its weight: names and organization come before all else."""
    return name_text(
        *(details.nickname, details.name_prefix, details.middle_name, details.name_suffix),
        *(details.organization, details.job_title, *tags, notes, details.how_we_met),
        *(each.name for each in details.relations),
        *(text for each in details.addresses for text in _parts(each)),
        *(text for each in details.urls for text in _parts(each)),
        *(text for each in details.messengers for text in _parts(each)),
        *details.gift_ideas,
        *_texts(extra),
    )


def _parts(entry: AddressEntry | UrlEntry | MessengerEntry) -> list[str]:
    """The texts of an entry, without what its owner calls it."""
    return [text for name, text in asdict(entry).items() if text and name != "label"]


def _texts(value: object) -> list[str]:
    """The texts of a JSON value, in one order however the database keeps the keys."""
    if isinstance(value, Mapping):
        return [text for key in sorted(value) for text in _texts(value[key])]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else [json.dumps(value)]


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(texts))


def patterns_anywhere(words: str) -> list[list[str]]:
    """For each word the patterns of which one must match, whichever section it is in."""
    return [[_part(each) for each in _spellings(word)] for word in words.split()]


def patterns_in_field(section: str, text: str) -> list[str]:
    """The patterns of which one must match for ``text`` to be part of that section."""
    place = SearchSections._fields.index(section)
    before = f"%{_ENDS[place - 1]}" if place else ""
    spellings = _dialled(text) if section == "phones" else _spellings(text)
    return [f"{before}{_part(each)}{_ENDS[place]}%" for each in spellings]


def _spellings(text: str) -> list[str]:
    dialled = [digits_of(text)] if looks_like_phone(text) else []
    return list(dict.fromkeys([fold_text(text), *latin_key(text), *dialled]))


def _dialled(text: str) -> list[str]:
    return [digits_of(text) or fold_text(text)]


def _part(text: str) -> str:
    """A LIKE pattern for exactly these characters, anywhere."""
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
