"""Which column of a CSV file means what, in the words of those who write such files.

Google (the headers of today and those before 2024), Outlook, iCloud and Numbers, Thunderbird; in
English, Ukrainian, Polish and Russian where people export by hand, and in the languages of
``header_translations``. Headers are compared without case, blanks and punctuation, and where nobody
knows them without accents. The owner's own mapping of headers to fields comes before all that.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from kith.contacts.exchange.csv.header_translations import (
    ADDRESS_HEADERS,
    EMAIL_HEADERS,
    FIELD_HEADERS,
    FIRST_OR_FULL,
    LAST_OR_FULL,
    PHONE_HEADERS,
    WEBSITE_HEADERS,
)
from kith.errors import Fault, Invalid

OUR_COLUMNS: Final = "Kith"
OUR_UID_COLUMN: Final = "Kith UID"


class MappingInvalid(Invalid):
    code = "mapping_invalid"
    detail = "The mapping names a header that the file has not, or a field that is none of ours."

    def __init__(self, headers: Sequence[str]) -> None:
        faults = [Fault(f"/mapping/{_pointer(each)}", self.code, self.detail) for each in headers]
        super().__init__(faults=faults)


def _pointer(header: str) -> str:
    return header[:100].replace("~", "~0").replace("/", "~1")


class ColumnMeaning(NamedTuple):
    """What a column tells.

    Attributes:
        kind: what the value is (``phone``, ``address``, ``extra`` …).
        slot: columns with the same kind and slot speak of the same thing.
        part: which part of that thing; ``value`` where there is only one.
        label: what the header itself says of it.
    """

    kind: str
    slot: str = ""
    part: str = "value"
    label: str | None = None


_NUMBERED: Final = re.compile(
    r"(e-?mail|phone|address|relation|website|event|custom field|im|organization)"
    r" (\d{1,2}) - (.+)"
)
_KINDS: Final = {"e-mail": "email", "custom field": "custom", "im": "messenger"}
_PARTS: Final = {
    "type": "label",
    "label": "label",
    "value": "value",
    "formatted": "formatted",
    "street": "street",
    "extended address": "extended",
    "city": "city",
    "region": "region",
    "postal code": "postal_code",
    "po box": "po_box",
    "country": "country",
    "service": "service",
    "name": "organization",
    "title": "job_title",
    "department": "department",
}

_WORDS: Final[dict[str, str]] = {
    "first_name": "First Name|Given Name|Forename|Ім'я|Имя|Imię",
    "last_name": "Last Name|Family Name|Surname|Прізвище|Фамилия|Nazwisko",
    "full_name": "Name|Full Name|Display Name|ПІБ|ФИО|Imię i nazwisko",
    "birthday": "Birthday|Birthdate|Birth Date|Date of Birth|DOB|День народження"
    "|Дата народження|День рождения|Дата рождения|Urodziny|Data urodzenia",
    "anniversary": "Anniversary|Річниця|Годовщина|Rocznica",
    "notes": "Notes|Note|Comments|Нотатки|Примітки|Заметки|Notatki",
    "tags": "Labels|Group Membership|Categories|Category|Groups|Tags|Категорії|Категории|Kategorie",
    "birth_year": "Birth Year",
    "birth_month": "Birth Month",
    "photo": "Photo",
    "middle_name": "Middle Name|Additional Name|По батькові|Отчество|Drugie imię",
    "name_prefix": "Name Prefix|Title|Prefix",
    "name_suffix": "Name Suffix|Suffix",
    "nickname": "Nickname|Псевдонім|Псевдоним|Pseudonim",
    "phonetic_first_name": "Phonetic First Name|Given Name Yomi|Given Yomi",
    "phonetic_middle_name": "Phonetic Middle Name|Additional Name Yomi",
    "phonetic_last_name": "Phonetic Last Name|Family Name Yomi|Surname Yomi",
    "organization": "Company|Organization|Organization Name|Компанія|Организация|Організація|Firma",
    "job_title": "Job Title|Organization Title|Посада|Должность|Stanowisko",
    "department": "Department|Organization Department|Відділ|Отдел|Dział",
    "maiden_name": "Maiden Name",
    "file_as": "File As",
    "how_we_met": "How We Met",
    "gift_ideas": "Gift Ideas",
}
_FIELDS: Final = frozenset(
    {
        "first_name",
        "last_name",
        "full_name",
        "birthday",
        "birth_year",
        "birth_month",
        "anniversary",
        "notes",
        "tags",
        "photo",
        "gift_ideas",
    }
)
_PHONES: Final[dict[str | None, str]] = {
    None: "Phone|Phone Number|Telephone|Телефон|Telefon|Номер телефону|Numer telefonu",
    "mobile": "Mobile Phone|Mobile|Mobile Number|Cell Phone|Cell|iPhone|Мобільний телефон"
    "|Мобильный телефон|Telefon komórkowy",
    "home": "Home Phone|Home Phone 2|Домашній телефон|Домашний телефон|Telefon domowy",
    "work": "Business Phone|Business Phone 2|Work Phone|Work Phone 2|Робочий телефон"
    "|Рабочий телефон|Telefon służbowy",
    "home fax": "Home Fax",
    "work fax": "Business Fax|Work Fax",
    "fax": "Fax|Fax Number|Other Fax",
    "pager": "Pager|Pager Number|Pager Phone",
    "car": "Car Phone",
    "main": "Company Main Phone|Primary Phone|Main Phone",
    "other": "Other Phone",
    "assistant": "Assistant's Phone",
    "callback": "Callback",
    "radio": "Radio Phone",
}
_EMAILS: Final[dict[str | None, str]] = {
    None: "E-mail|E-mail Address|E-mail 2 Address|E-mail 3 Address|Primary Email|Secondary Email"
    "|Електронна пошта|Электронная почта|Adres e-mail|Email 2|Email 3",
    "home": "Home Email|Personal Email|Email (home)",
    "work": "Work Email|Business Email|Email (work)",
    "other": "Other Email",
}
_WEBSITES: Final[dict[str | None, str]] = {
    None: "Web Page|Website|URL|Homepage",
    "home": "Personal Web Page|Web Page 2",
    "work": "Business Web Page|Web Page 1",
}
_PLACES: Final = {"Home": "home", "Business": "work", "Work": "work", "Other": "other"}
_PLACE_PARTS: Final = {
    "street": "Street|Street 1|Address",
    "street 2": "Street 2|Address 2",
    "street 3": "Street 3",
    "po_box": "Address PO Box|PO Box",
    "city": "City",
    "region": "State|Province|Region",
    "postal_code": "Postal Code|Zip Code|ZipCode|Zip",
    "country": "Country|Country/Region",
}
# What Outlook writes into columns that nobody ever filled.
IGNORED_COLUMN: Final = {
    "priority": {"normal"},
    "sensitivity": {"normal"},
    "private": {"false"},
    "gender": {"unspecified"},
    "e-mail type": {"smtp"},
    "e-mail 2 type": {"smtp"},
    "e-mail 3 type": {"smtp"},
}


def column_meanings(
    headers: Sequence[str], mapping: Mapping[str, str] | None = None
) -> list[ColumnMeaning]:
    """What the columns of a file tell, as its owner says, else as their headers do.

    Raises:
        MappingInvalid: the mapping names a header that the file has not, or a field that is none.
    """
    named = {_bare(header): field for header, field in (mapping or {}).items()}
    absent = named.keys() - set(map(_bare, headers))
    if absent:
        raise MappingInvalid([header for header in mapping or {} if _bare(header) in absent])
    found = [
        mapped_meaning(header, named[_bare(header)])
        if _bare(header) in named
        else column_meaning(header)
        for header in headers
    ]
    return _settle_names(headers, found)


def mapped_meaning(header: str, field: str) -> ColumnMeaning:
    """The meaning that its owner gives to a column.

    Raises:
        MappingInvalid: there is no such field.
    """
    name, _, part = field.partition(".")
    if name in {"extra", "ignore"} and not part:
        return ColumnMeaning("ignored") if name == "ignore" else ColumnMeaning("unknown", header)
    if name in _WORDS and not part:
        return ColumnMeaning(name) if name in _FIELDS else ColumnMeaning("extra", name)
    if name in {"phone", "email", "website"}:
        return ColumnMeaning(name, _bare(header), "value", part or None)
    if name == "address" and part in _PARTS.values():
        return ColumnMeaning("address", "mapped", part)
    raise MappingInvalid([header])


def field_of(meaning: ColumnMeaning) -> str:
    """The name of what a column was taken for, as a mapping would say it."""
    match meaning.kind:
        case "unknown":
            return "extra"
        case "extra":
            return meaning.slot
        case "ignored":
            return "ignore"
        case "address":
            return f"address.{meaning.part}"
        case "phone" | "email" | "website" if meaning.part == "value" and meaning.label:
            return f"{meaning.kind}.{meaning.label}"
        case _:
            return meaning.kind


def _settle_names(headers: Sequence[str], found: list[ColumnMeaning]) -> list[ColumnMeaning]:
    """Words that mean a part of the name or the whole one, by what stands beside them."""
    kinds = {each.kind for each in found}
    settled = list(found)
    for place, (header, meaning) in enumerate(zip(headers, found, strict=True)):
        word = _bare(header)
        others = kinds - {meaning.kind}
        if word in LAST_OR_FULL and meaning.kind in {"full_name", "last_name"}:
            is_part = "first_name" in others and kinds >= {"first_name"}
            lone = meaning.kind == "last_name" or "last_name" not in others
            settled[place] = ColumnMeaning("last_name" if is_part and lone else "full_name")
        elif word in FIRST_OR_FULL and meaning.kind == "first_name":
            settled[place] = ColumnMeaning(
                "first_name" if "last_name" in others or "full_name" in others else "full_name"
            )
    return settled


def column_meaning(header: str) -> ColumnMeaning:
    """What a column with this header tells; what nobody knows is kept under its own name."""
    lowered = " ".join(header.lower().split())
    if header in {OUR_COLUMNS, OUR_UID_COLUMN}:
        return ColumnMeaning("ours" if header == OUR_COLUMNS else "uid")
    if lowered == "birth day":  # Thunderbird's, beside a year and a month
        return ColumnMeaning("birth_day")
    bare = _bare(header)
    return (
        _numbered(lowered)
        or _KNOWN.get(bare)
        or _WITHOUT_ACCENTS.get(_without_accents(bare))
        or ColumnMeaning("unknown", header.strip())
    )


def _numbered(lowered: str) -> ColumnMeaning | None:
    found = _NUMBERED.fullmatch(lowered)
    part = _PARTS.get(found[3]) if found else None
    if not found or not part:
        return None
    if found[1] == "organization":
        return None if part == "label" else ColumnMeaning("extra", part)
    kind = _KINDS.get(found[1], found[1])
    return ColumnMeaning("email" if kind == "e-mail" else kind, found[2], part)


def _bare(header: str) -> str:
    """Without case, blanks and punctuation; an apostrophe may be a letter (U+02BC)."""
    return "".join(each for each in header.casefold() if each.isalnum() and each != "\u02bc")


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("ı", "i"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _known() -> dict[str, ColumnMeaning]:
    known: dict[str, ColumnMeaning] = {}
    for words_of in (FIELD_HEADERS, _WORDS):
        for name, words in words_of.items():
            found = ColumnMeaning(name) if name in _FIELDS else ColumnMeaning("extra", name)
            known |= dict.fromkeys(map(_bare, words.split("|")), found)
    several = (
        *(("phone", PHONE_HEADERS), ("email", EMAIL_HEADERS), ("website", WEBSITE_HEADERS)),
        *(("phone", _PHONES), ("email", _EMAILS), ("website", _WEBSITES)),
    )
    for kind, labels in several:
        for label, words in labels.items():
            for each in words.split("|"):
                known[_bare(each)] = ColumnMeaning(kind, _bare(each), "value", label)
    return _translated_places() | known | _known_places()


def _translated_places() -> dict[str, ColumnMeaning]:
    return {
        _bare(each): ColumnMeaning("address", label or "", part, label)
        for part, places in ADDRESS_HEADERS.items()
        for label, words in places.items()
        for each in words.split("|")
    }


def _known_places() -> dict[str, ColumnMeaning]:
    known: dict[str, ColumnMeaning] = {}
    for place, label in _PLACES.items():
        for part, words in _PLACE_PARTS.items():
            for each in words.split("|"):
                known[_bare(f"{place} {each}")] = ColumnMeaning("address", label, part, label)
    return known


_KNOWN: Final = _known()
_WITHOUT_ACCENTS: Final = {_without_accents(each): found for each, found in _KNOWN.items()}
