"""A strict judge of vCards: RFC 2426 with 4770, and RFC 6350 with 6474, 6868 and 9554.

Written from the RFCs, and knowing nothing of our writer.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

_NAME: Final = r"[A-Za-z0-9-]+"
_CONTROL: Final = r"\x00-\x08\x0a-\x1f\x7f"
_LINE: Final = re.compile(
    rf"(?:(?P<group>{_NAME})\.)?(?P<name>{_NAME})"
    rf'(?P<parameters>(?:;{_NAME}=(?:"[^{_CONTROL}"]*"|[^{_CONTROL}";:,]*)'
    rf'(?:,(?:"[^{_CONTROL}"]*"|[^{_CONTROL}";:,]*))*)*)'
    rf":(?P<value>[^{_CONTROL}]*)"
)
_PARAMETER: Final = re.compile(rf';({_NAME})=((?:"[^"]*"|[^";:])*)')

TEXT: Final = rf"(?:[^{_CONTROL},;\\]|\\[\\,;nN])*"
TEXTS: Final = f"{TEXT}(?:,{TEXT})*"
URI: Final = r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
DATE_3: Final = r"\d{4}-?\d{2}-?\d{2}"
DATE_4: Final = r"\d{8}|\d{4}-\d{2}|\d{4}|--\d{4}|--\d{2}|---\d{2}"
LANGUAGE: Final = r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"


def _components(count: int) -> str:
    return f"{TEXTS}(?:;{TEXTS}){{{count - 1}}}"


class Rule(NamedTuple):
    """How a property's value looks, by its VALUE, and how many a card may have of it."""

    values: dict[str, str]
    default: str
    at_most: int | None = None


_TEXT_RULE: Final = Rule({"text": TEXT}, "text")
_TEXTS_RULE: Final = Rule({"text": TEXTS}, "text")
_URI_RULE: Final = Rule({"uri": URI}, "uri")
_URI_OR_TEXT: Final = Rule({"uri": URI, "text": TEXT}, "uri")
_BOTH: Final = {
    "N": Rule({"text": _components(5)}, "text", 1),
    "FN": Rule({"text": TEXT}, "text"),
    "NICKNAME": _TEXTS_RULE,
    "ADR": Rule({"text": _components(7)}, "text"),
    "TEL": _TEXT_RULE,
    "EMAIL": _TEXT_RULE,
    "TITLE": _TEXT_RULE,
    "ROLE": _TEXT_RULE,
    "ORG": Rule({"text": f"{TEXT}(?:;{TEXT})*"}, "text"),
    "CATEGORIES": _TEXTS_RULE,
    "NOTE": _TEXT_RULE,
    "URL": _URI_RULE,
    "IMPP": _URI_RULE,
    "PHOTO": _URI_RULE,
    "LOGO": _URI_RULE,
    "SOUND": _URI_RULE,
    "SOURCE": _URI_RULE,
    "BEGIN": Rule({"text": "VCARD"}, "text", 1),
    "END": Rule({"text": "VCARD"}, "text", 1),
}
RULES: Final = {
    "3.0": _BOTH
    | {
        "VERSION": Rule({"text": r"3\.0"}, "text", 1),
        "BDAY": Rule({"date": DATE_3}, "date", 1),
        "TZ": Rule({"utc-offset": r"[+-]\d{2}:?\d{2}", "text": TEXT}, "utc-offset", 1),
        "GEO": Rule({"float": r"-?\d+(?:\.\d+)?;-?\d+(?:\.\d+)?"}, "float", 1),
        "UID": Rule({"text": TEXT}, "text", 1),
        "PHOTO": Rule({"uri": URI}, "binary"),
        **dict.fromkeys(("NAME", "LABEL", "MAILER", "SORT-STRING", "CLASS"), _TEXT_RULE),
    },
    "4.0": _BOTH
    | {
        "VERSION": Rule({"text": r"4\.0"}, "text", 1),
        "KIND": Rule({"text": TEXT}, "text", 1),
        "BDAY": Rule({"date-and-or-time": DATE_4, "text": TEXT}, "date-and-or-time", 1),
        "ANNIVERSARY": Rule({"date-and-or-time": DATE_4, "text": TEXT}, "date-and-or-time", 1),
        "DEATHDATE": Rule({"date-and-or-time": DATE_4, "text": TEXT}, "date-and-or-time", 1),
        "GENDER": Rule({"text": f"[MFONU]?(?:;{TEXT})?"}, "text", 1),
        "TEL": Rule({"text": TEXT, "uri": URI}, "text"),
        "TZ": Rule({"text": TEXT, "uri": URI}, "text"),
        "GEO": _URI_RULE,
        "LANG": Rule({"language-tag": LANGUAGE}, "language-tag"),
        "UID": _URI_OR_TEXT._replace(at_most=1),
        "RELATED": _URI_OR_TEXT,
        "KEY": _URI_OR_TEXT,
        **dict.fromkeys(
            ("FBURL", "CALURI", "CALADRURI", "ORG-DIRECTORY", "CONTACT-URI"), _URI_RULE
        ),
        "SOCIALPROFILE": _URI_OR_TEXT,
        **dict.fromkeys(("EXPERTISE", "HOBBY", "INTEREST", "PRONOUNS"), _TEXT_RULE),
        **dict.fromkeys(("BIRTHPLACE", "DEATHPLACE"), Rule({"text": TEXT, "uri": URI}, "text", 1)),
    },
}


def violations(file: str, version: str) -> list[str]:
    """What a file of one card breaks of its version's grammar; empty where it keeps it."""
    return [*_of_lines(file), *_of_properties(file.replace("\r\n ", ""), version)]


def _of_lines(file: str) -> Iterator[str]:
    if not file.endswith("\r\n") or set("\r\n") & set(file.replace("\r\n", "")):
        yield "lines end with CRLF"
    for line in file.split("\r\n"):
        if len(line.encode()) > 75:
            yield f"longer than 75 octets: {line}"


def _of_properties(unfolded: str, version: str) -> Iterator[str]:
    lines = unfolded.split("\r\n")[:-1]
    if [*lines[:2], *lines[-1:]] != ["BEGIN:VCARD", f"VERSION:{version}", "END:VCARD"]:
        yield "BEGIN and VERSION come first, END last"
    counts: Counter[str] = Counter()
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            yield f"no content line: {line}"
            continue
        counts[found["name"].upper()] += 1
        yield from _of_value(line, found, version)
    for name, count in counts.items():
        rule = RULES[version].get(name)
        if rule and rule.at_most and count > rule.at_most:
            yield f"{count} times {name}"
    if not counts["FN"] or (version == "3.0" and not counts["N"]):
        yield "FN is needed, and N in 3.0"


def _of_value(line: str, found: re.Match[str], version: str) -> Iterator[str]:
    name = found["name"].upper()
    if name.startswith("X-"):
        return
    rule = RULES[version].get(name)
    if rule is None:
        yield f"no property of {version}: {line}"
        return
    parameters = {key.upper(): value for key, value in _PARAMETER.findall(found["parameters"])}
    kind = parameters.get("VALUE", rule.default).lower()
    pattern = rule.values.get(kind)
    if pattern is None or not re.fullmatch(pattern, found["value"]):
        yield f"no {kind} of {name}: {line}"
