"""What people call their addresses and numbers, in the words of each kind of file."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

_APPLE: Final = re.compile(r"_\$!<(.*)>!\$_")

# Our label, and the TYPEs that say it in a vCard. The first that fits a line names it.
PHONE_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "home fax": ("HOME", "FAX"),
    "work fax": ("WORK", "FAX"),
    "fax": ("FAX",),
    "pager": ("PAGER",),
    "work mobile": ("WORK", "CELL"),
    "mobile": ("CELL",),
    "main": ("MAIN",),
    "car": ("CAR",),
    "home": ("HOME",),
    "work": ("WORK",),
    "other": ("OTHER",),
}
PLACE_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "home": ("HOME",),
    "work": ("WORK",),
    "other": ("OTHER",),
}
# What RFC 6350 (6.6.6) calls people to each other.
RELATION_TYPES: Final[dict[str, tuple[str, ...]]] = {
    word: (word.upper(),)
    for word in (
        *("contact", "acquaintance", "friend", "met", "co-worker", "colleague", "co-resident"),
        *("neighbor", "child", "parent", "sibling", "spouse", "kin", "muse", "crush", "date"),
        *("sweetheart", "me", "agent", "emergency"),
    )
}
_SAME: Final = {"mobile": "cell", "iphone": "cell", "business": "work", "company": "work"}
# Said by everybody about everything: they name nothing.
_SILENT: Final = frozenset({"internet", "voice", "pref", "x-pref", "msg", "intl", "postal", "text"})
_SPOKEN: Final = {
    "cell": "mobile",
    "mobile phone": "mobile",
    "business": "work",
    "home phone": "home",
    "work phone": "work",
    "homefax": "home fax",
    "workfax": "work fax",
}


def label_of_types(types: AbstractSet[str], vocabulary: dict[str, tuple[str, ...]]) -> str | None:
    """Our label for the TYPEs of a line; a word of the owner's own stays what it is."""
    spoken = {_SAME.get(each, each) for each in types} - _SILENT
    for label, needed in vocabulary.items():
        if spoken.issuperset(each.lower() for each in needed):
            return label
    return _own_word(spoken)


def _own_word(spoken: set[str]) -> str | None:
    words = sorted(each.removeprefix("x-") for each in spoken)
    return words[0] if words else None


def label_of_text(text: str) -> str | None:
    """Our label for a word in a file: ``_$!<Mobile>!$_``, ``* Home``, ``Work``, ``Grandma's``."""
    apple = _APPLE.fullmatch(text.strip())
    word = (apple[1] if apple else text).strip().removeprefix("* ").strip()
    lowered = word.lower()
    if lowered in _SILENT or not word:
        return None
    lowered = _SPOKEN.get(lowered, lowered)
    return lowered if lowered in PHONE_TYPES or apple else word
