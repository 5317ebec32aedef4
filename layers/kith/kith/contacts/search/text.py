"""What a search looks into, and the patterns that it looks for.

Pure. All that can be searched of a contact is one text of five sections; a control character, which
no value contains, ends each of the first four. So one narrow column answers every filter: a
pattern that names a section's end stays inside that section.

The column travels in an index, whose entries are bounded. The few contacts that have more to search
in keep it in a second column, ``search_long``, and only a mark in the first.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
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
_DIALLED_FOR_PLUS: Final = ("00", "011")
_LONGEST_PIECE: Final = 8  # letters of a whole name
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
    return [
        [*map(_part, _spellings(word)), *_worldwide(word), *_name_in_one_piece(word)]
        for word in dict.fromkeys(_words(words))
    ]


def _words(words: str) -> Iterator[str]:
    """The words; a prefix that is dialled before a country code belongs to what follows it."""
    prefix = ""
    for word in words.split():
        if word in _DIALLED_FOR_PLUS:
            prefix = word
            continue
        yield prefix + word
        prefix = ""
    if prefix:
        yield prefix


def _worldwide(word: str) -> Iterator[str]:
    """``0049`` and ``01149`` are ``+49``: patterns of the numbers that begin so."""
    if not looks_like_phone(word):
        return
    digits, before, end = digits_of(word), _ENDS[2], _ENDS[3]
    for prefix in _DIALLED_FOR_PLUS:
        number = digits.removeprefix(prefix)
        if number not in {digits, ""}:
            yield f"%{before}{number}%{end}%"
            yield f"%{before}%\n{number}%{end}%"


def _name_in_one_piece(word: str) -> Iterator[str]:
    """Where names are written without a blank: given and family name, whichever comes first."""
    if len(word) > _LONGEST_PIECE or not all(map(_is_wide, word)):
        return
    for place in range(1, len(word)):
        one, other = _literal(fold_text(word[:place])), _literal(fold_text(word[place:]))
        for first, last in ((one, other), (other, one)):
            yield f"{first}%{_ENDS[0]}{last}%{_ENDS[1]}%"


def _is_wide(letter: str) -> bool:
    """Whether it is a Chinese, Japanese or Korean letter (Unicode, UAX 11)."""
    return letter.isalpha() and unicodedata.east_asian_width(letter) == "W"


def patterns_in_field(section: str, text: str) -> list[str]:
    """The patterns of which one must match for ``text`` to be part of that section."""
    place = SearchSections._fields.index(section)
    before = f"%{_ENDS[place - 1]}" if place else ""
    spellings = _dialled(text) if section == "phones" else _spellings(text)
    worldwide = _worldwide(digits_of(text)) if section == "phones" else ()
    return [*(f"{before}{_part(each)}{_ENDS[place]}%" for each in spellings), *worldwide]


def _spellings(text: str) -> list[str]:
    dialled = [digits_of(text)] if looks_like_phone(text) else []
    return list(dict.fromkeys([fold_text(text), *latin_key(text), *dialled]))


def _dialled(text: str) -> list[str]:
    return [digits_of(text) or fold_text(text)]


def _part(text: str) -> str:
    """A LIKE pattern for exactly these characters, anywhere."""
    return f"%{_literal(text)}%"


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
