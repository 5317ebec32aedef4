"""The kinds of value that a contact is made of, each with its bounds.

Import reads the same kinds, so that no file can bring in what the API would refuse.
"""

import json
import re
import unicodedata
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    GetPydanticSchema,
    JsonValue,
    StringConstraints,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import core_schema

from kith.birthdate import Birthdate
from kith.contacts.email_address import normalize_address
from kith.contacts.phones.number import MIN_PHONE_DIGITS, digits_of
from kith.contacts.search.folding import distinct_tags
from kith.schema_base import NOT_BLANK, Line, Text, without_controls

MAX_EMAILS: Final = 50
MAX_PHONES: Final = 50
MAX_TAGS: Final = 50
MAX_LEAD_DAYS: Final = 10
MAX_DETAILS: Final = 50  # of one kind: postal addresses, pages, relations …
_DEEPEST_EXTRA: Final = 8
_LARGEST_EXTRA: Final = 16_384  # characters of JSON
_LARGEST_NUMBER: Final = 2**53  # beyond it, readers of JSON disagree (RFC 8259, 6)

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# Schemes of which a browser makes a program.
_RUN_BY_BROWSERS: Final = frozenset({"javascript", "data", "vbscript"})
# Categories without ink of their own, and what other categories have of blanks: Hangul fillers and
# the empty Braille pattern.
_NO_INK: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")

# For the OpenAPI document, which cannot be told what the validators below look for.
_ANY: Final = r"[^\u0000-\u001F\u007F-\u009F]*"
_DIGIT: Final = r"[0-9\u0660-\u0669\u06F0-\u06F9\u0966-\u096F\uFF10-\uFF19]"
_THREE_DIGITS: Final = f"^{_ANY}{_DIGIT}{_ANY}{_DIGIT}{_ANY}{_DIGIT}{_ANY}$"
_PAGE: Final = r"^\s*([A-Za-z][A-Za-z0-9+.-]*:\S*|\S*\.\S*)\s*$"
_SOME_DAY: Final = (
    "^(?!0000)([0-9]{4}|-)-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"
)

_Item = TypeVar("_Item", str, int)


def _none_if_blank(text: str | None) -> str | None:
    return text or None


def _visible(text: str) -> str:
    """Nobody could find or click what has no ink: zero widths, marks of direction, fillers."""
    if text and not has_ink(text):
        raise ValueError("must have a visible character")
    return text


def has_ink(text: str) -> bool:
    """Whether a reader would see anything of a text."""
    return any(map(_is_ink, text))


def _is_ink(letter: str) -> bool:
    return letter not in _BLANK_LETTERS and unicodedata.category(letter) not in _NO_INK


def _dialled(number: str) -> str:
    if len(digits_of(number)) < MIN_PHONE_DIGITS:
        raise ValueError("must have at least three digits")
    return number


def _page_address(text: str) -> str:
    scheme = _SCHEME.match(text)
    if any(each.isspace() for each in text) or not (scheme or "." in text):
        raise ValueError("must be the address of a page")
    if scheme and scheme[1].lower() in _RUN_BY_BROWSERS:
        raise ValueError("must not be an address with that scheme")
    return text


def _birthdate(value: object, validate_text: ValidatorFunctionWrapHandler) -> Birthdate:
    return value if isinstance(value, Birthdate) else Birthdate.parse(validate_text(value))


def normalize_tag(text: str) -> str:
    """A tag as it is stored: composed, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _each_once(items: list[_Item]) -> list[_Item]:
    return list(dict.fromkeys(items))


def _bounded(extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
    _measure(extra, 1)
    if len(json.dumps(extra, ensure_ascii=False)) > _LARGEST_EXTRA:
        raise ValueError(f"must be at most {_LARGEST_EXTRA} characters of JSON")
    return extra


def _measure(value: object, depth: int) -> None:
    if depth > _DEEPEST_EXTRA:
        raise ValueError(f"must be nested at most {_DEEPEST_EXTRA} deep")
    if isinstance(value, dict):
        for key, each in value.items():
            _storable(key)
            _measure(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _measure(each, depth + 1)
    elif isinstance(value, str):
        _storable(value)
    elif isinstance(value, int | float):
        _countable(value)


def _storable(text: str) -> None:
    if any(unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\r\t" for each in text):
        raise ValueError("must not contain control characters")


def _countable(number: float) -> None:
    if not -_LARGEST_NUMBER <= number <= _LARGEST_NUMBER:  # NaN is refused by this as well
        raise ValueError("numbers must lie between -2^53 and 2^53")


Name = Annotated[Line | None, AfterValidator(_none_if_blank)]
VisibleName = Annotated[
    Annotated[Line, AfterValidator(_visible)] | None,
    AfterValidator(_none_if_blank),
]
Label = Annotated[Line | None, StringConstraints(max_length=50), AfterValidator(_none_if_blank)]
EmailText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=320),
    Field(json_schema_extra={"format": "email"}),
    AfterValidator(normalize_address),
]
PhoneText = Annotated[
    Line,
    StringConstraints(max_length=100),
    Field(json_schema_extra={"pattern": _THREE_DIGITS}),
    AfterValidator(_dialled),
]
# Parsed once, here: from the request on, a birthday is a value.
BirthdateField = Annotated[
    Birthdate,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_wrap_validator_function(
            _birthdate, core_schema.str_schema(max_length=10)
        )
    ),
    Field(json_schema_extra={"pattern": _SOME_DAY}),
]
Tag = Annotated[
    Line,
    StringConstraints(min_length=1, max_length=50),
    Field(json_schema_extra=NOT_BLANK),
    AfterValidator(_visible),
    AfterValidator(normalize_tag),
]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(distinct_tags)]
ContactLeadDays = Annotated[
    list[Annotated[int, Field(ge=0, le=365)]],
    Field(max_length=MAX_LEAD_DAYS),
    AfterValidator(_each_once),
]
Notes = Annotated[Text | None, AfterValidator(_none_if_blank)]
Street = Annotated[
    Text | None,
    StringConstraints(strip_whitespace=True, max_length=500),
    AfterValidator(_none_if_blank),
]
PostalCode = Annotated[
    Line | None, StringConstraints(max_length=50), AfterValidator(_none_if_blank)
]
UrlText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    Field(json_schema_extra={"pattern": _PAGE}),
    AfterValidator(without_controls),
    AfterValidator(_page_address),
]
Word = Annotated[
    Line, StringConstraints(min_length=1, max_length=50), Field(json_schema_extra=NOT_BLANK)
]  # a kind, a service
NonBlankLine = Annotated[Line, StringConstraints(min_length=1), Field(json_schema_extra=NOT_BLANK)]
GiftIdeas = Annotated[list[NonBlankLine], Field(max_length=MAX_DETAILS), AfterValidator(_each_once)]
Extra = Annotated[dict[str, JsonValue], Field(max_length=100), AfterValidator(_bounded)]
