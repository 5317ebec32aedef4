"""Whether a line that we did not make may stand in a vCard of a version, by the letter.

RFC 2426 with 4770 for 3.0; RFC 6350 with 6474, 6715, 8605 and 9554 for 4.0. What is written by
`writer` itself is not asked here; tests hold it to a grammar of their own.
"""

import re
from typing import Final, Literal

VcardVersionNumber = Literal["3.0", "4.0"]

_CONTROL: Final = r"\x00-\x08\x0a-\x1f\x7f"
_TEXT: Final = rf"(?:[^{_CONTROL},;\\]|\\[\\,;nN])*"
_URI: Final = r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
_NAME: Final = "[A-Za-z0-9-]+"
_VALUE: Final = rf'(?:"[^{_CONTROL}"]*"|[^{_CONTROL}",;:]*)'
_PARAMETER: Final = rf";{_NAME}={_VALUE}(?:,{_VALUE})*"
_LINE: Final = re.compile(rf"(?:{_NAME}\.)?({_NAME})(?:{_PARAMETER})*:([^{_CONTROL}]*)")
_EXTENSION: Final = re.compile("X-.+", re.IGNORECASE)
_SINGLE_URI: Final = re.compile(_URI)

_ALLOWED: Final = {
    "3.0": dict.fromkeys(("NAME", "LABEL", "MAILER", "SORT-STRING", "CLASS"), re.compile(_TEXT))
    | dict.fromkeys(("SOURCE", "LOGO", "SOUND"), _SINGLE_URI),
    "4.0": dict.fromkeys(
        ("KIND", "EXPERTISE", "HOBBY", "INTEREST", "BIRTHPLACE", "DEATHPLACE", "PRONOUNS"),
        re.compile(_TEXT),
    )
    | dict.fromkeys(
        ("SOURCE", "LOGO", "SOUND", "KEY", "FBURL", "CALURI", "CALADRURI", "ORG-DIRECTORY"),
        _SINGLE_URI,
    )
    | dict.fromkeys(("CONTACT-URI", "SOCIALPROFILE"), _SINGLE_URI),
}


def may_stand_in(line: str, version: VcardVersionNumber) -> bool:
    """Whether a foreign line is one of this version: an extension, or a property with its value."""
    found = _LINE.fullmatch(line)
    if found is None or _EXTENSION.fullmatch(found[1]):
        return found is not None
    value = _ALLOWED[version].get(found[1].upper())
    return value is not None and value.fullmatch(found[2]) is not None


def is_uri(text: str) -> bool:
    """Whether a text is a URI with a scheme (RFC 3986), ASCII only."""
    return _SINGLE_URI.fullmatch(text) is not None
