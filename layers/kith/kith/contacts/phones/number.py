"""Phone numbers: kept as typed, with E.164 beside them where libphonenumber can tell.

Pure. The library is imported where it is used: most requests never meet a new number.
"""

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MIN_PHONE_DIGITS: Final = 3
_REGIONS: Final = {"uk": "UA", "pl": "PL"}


class ParsedPhone(NamedTuple):
    """What a typed number means.

    Attributes:
        number: as typed.
        e164: ``+380671234567``, or ``None`` where nobody can tell.
        extension: the digits after ``ext.`` and the like.
        found_by: the spellings in digits that a search may use, separated by blanks.
    """

    number: str
    e164: str | None
    extension: str | None
    found_by: str


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

    typed = digits_of(number)
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ParsedPhone(number, None, None, typed)
    if not _can_be_told(parsed, number):
        return ParsedPhone(number, None, None, typed)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    spellings = (digits_of(e164), _national(parsed), typed)
    return ParsedPhone(number, e164, parsed.extension, " ".join(dict.fromkeys(spellings)))


def _can_be_told(parsed: "PhoneNumber", typed: str) -> bool:
    """A number with its country code must be possible; a national one must really exist."""
    import phonenumbers

    international = typed.lstrip(" (").startswith(("+", "\uff0b"))
    check = phonenumbers.is_possible_number if international else phonenumbers.is_valid_number
    return bool(check(parsed))


def _national(parsed: "PhoneNumber") -> str:
    """The digits that one dials inside the country, with the 0 or 8 before them."""
    import phonenumbers

    region = phonenumbers.region_code_for_number(parsed) or ""
    prefix = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or ""
    return prefix + phonenumbers.national_significant_number(parsed)
