"""Phone numbers: kept as typed, with E.164 beside them where libphonenumber can tell.

Pure. The library is imported where it is used: most requests never meet a new number.
"""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from kith.contacts.entities import PhoneEntry

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MIN_PHONE_DIGITS: Final = 3
_REGIONS: Final = {"uk": "UA", "pl": "PL"}


class ParsedPhone(NamedTuple):
    """What a typed number means.

    Attributes:
        number: as typed.
        e164: ``+380671234567``, or None where nobody can tell.
        extension: the digits after ``ext.`` and the like.
    """

    number: str
    e164: str | None = None
    extension: str | None = None


def digits_of(text: str) -> str:
    """The decimal digits of a text, whatever script they are in, as 0 to 9."""
    if text.isascii():
        return "".join(each for each in text if each.isdigit())
    return "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())


def looks_like_phone(text: str) -> bool:
    """Whether a word could be a piece of a phone number."""
    return all(each.isdecimal() or each in "+-()./#" for each in text) and bool(digits_of(text))


def region_of_locale(locale: str) -> str | None:
    """The region whose national numbers a user of this locale types; ``None``: no idea."""
    language, _, territory = locale.replace("_", "-").partition("-")
    return territory.upper() or _REGIONS.get(language)


def parse_phone(number: str, region: str | None) -> ParsedPhone:
    """What ``number`` means for somebody in ``region`` (ISO 3166, ``UA``)."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ParsedPhone(number)
    if not _is_certain(parsed, number):
        return ParsedPhone(number)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return ParsedPhone(number, e164, parsed.extension)


def _is_certain(parsed: "PhoneNumber", typed: str) -> bool:
    """A number with its country code must be possible; a national one must really exist."""
    import phonenumbers

    international = typed.lstrip(" (").startswith(("+", "\uff0b"))
    check = phonenumbers.is_possible_number if international else phonenumbers.is_valid_number
    return bool(check(parsed))


def dialled_digits(phone: PhoneEntry) -> Iterable[str]:
    """The spellings in digits by which a phone may be searched: worldwide, at home, as typed."""
    typed = digits_of(phone.number)
    if phone.e164 is None:
        return [typed]
    return dict.fromkeys((phone.e164[1:], _national_digits(phone.e164[1:]), typed))


def _national_digits(digits: str) -> str:
    """The digits that one dials inside the country, with the 0 or 8 before them.

    No country code begins another one, so the first that fits is the one; that is all that has to
    be known of a number in E.164, and parsing it once more takes ten times as long.
    """
    import phonenumbers

    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    size = next((size for size in (1, 2, 3) if int(digits[:size]) in codes), 0)
    national = digits[size:]
    number = phonenumbers.PhoneNumber(
        country_code=int(digits[:size] or 0),
        national_number=int(national or 0),
        italian_leading_zero=national.startswith("0"),
        number_of_leading_zeros=len(national) - len(national.lstrip("0")),
    )
    region = phonenumbers.region_code_for_number(number) or ""
    prefix = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or ""
    return f"{prefix}{national}"
