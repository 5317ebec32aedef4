"""Which column of a CSV file means what, in the words of those who write such files.

Google (the headers of today and those before 2024), Outlook, iCloud and Numbers, Thunderbird; in
English, Ukrainian, Polish and Russian where people export by hand. Headers are compared without
case, blanks and punctuation.
"""

import re
from typing import Final, NamedTuple

OUR_COLUMNS: Final = "Kith"
OUR_UID_COLUMN: Final = "Kith UID"


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
    "name": "company",
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
    "company": "Company|Organization|Organization Name|Компанія|Организация|Організація|Firma",
    "job_title": "Job Title|Organization Title|Посада|Должность|Stanowisko",
    "department": "Department|Organization Department|Відділ|Отдел|Dział",
    "maiden_name": "Maiden Name",
    "file_as": "File As",
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


def column_meaning(header: str) -> ColumnMeaning:
    """What a column with this header tells; what nobody knows is kept under its own name."""
    lowered = " ".join(header.lower().split())
    if header in {OUR_COLUMNS, OUR_UID_COLUMN}:
        return ColumnMeaning("ours" if header == OUR_COLUMNS else "uid")
    if lowered == "birth day":  # Thunderbird's, beside a year and a month
        return ColumnMeaning("birth_day")
    return (
        _numbered(lowered) or _KNOWN.get(_bare(header)) or ColumnMeaning("unknown", header.strip())
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
    return "".join(each for each in header.casefold() if each.isalnum())


def _known() -> dict[str, ColumnMeaning]:
    known: dict[str, ColumnMeaning] = {}
    for name, words in _WORDS.items():
        found = ColumnMeaning(name) if name in _FIELDS else ColumnMeaning("extra", name)
        known |= dict.fromkeys(map(_bare, words.split("|")), found)
    for kind, labels in (("phone", _PHONES), ("email", _EMAILS), ("website", _WEBSITES)):
        for label, words in labels.items():
            for each in words.split("|"):
                known[_bare(each)] = ColumnMeaning(kind, _bare(each), "value", label)
    return known | _known_places()


def _known_places() -> dict[str, ColumnMeaning]:
    known: dict[str, ColumnMeaning] = {}
    for place, label in _PLACES.items():
        for part, words in _PLACE_PARTS.items():
            for each in words.split("|"):
                known[_bare(f"{place} {each}")] = ColumnMeaning("address", label, part, label)
    return known


_KNOWN: Final = _known()
