"""What each property of a vCard means: one small reader for each, and the table that finds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from kith.contacts.details.entities import (
    UNKNOWN_RELATION,
    UNKNOWN_SERVICE,
    AddressEntry,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import MAX_PHOTO_BYTES
from kith.contacts.exchange.card_builder import CardBuilder
from kith.contacts.exchange.dates import DayOrder, ParsedDay, parse_day
from kith.contacts.exchange.labels import (
    PHONE_TYPES,
    PLACE_TYPES,
    RELATION_TYPES,
    label_of_text,
    label_of_types,
)
from kith.contacts.exchange.names import apply_full_name
from kith.contacts.exchange.vcard.content_lines import ContentLine, decode_binary

_ANDROID_BIRTHDAY: Final = "3"
_ANDROID_ANNIVERSARY: Final = "1"


@dataclass(frozen=True, slots=True)
class PropertyContext:
    """What the other lines of a card, and its file, say about one of its lines."""

    labels: Mapping[str, str]
    day_order: DayOrder

    def day(self, text: str, made_up: int | None = None) -> ParsedDay | None:
        return parse_day(text, made_up=made_up, order=self.day_order)

    def label(self, line: ContentLine, vocabulary: dict[str, tuple[str, ...]]) -> str | None:
        if exact := line.parameter("X-KITH-LABEL"):
            return exact
        own = self.labels.get(line.group, "") if line.group else ""
        return label_of_text(own) or label_of_types(line.types, vocabulary)


PropertyReader = Callable[[CardBuilder, ContentLine, PropertyContext], None]


def _read_n(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    if card.first_name or card.last_name:  # there may be one only; another stays as it is
        read_unknown(card, line, context)
        return
    parts = [each.strip() for each in (*line.parts, "", "", "", "", "")]
    card.last_name, card.first_name = parts[0], parts[1]
    card.set_detail("middle_name", parts[2])
    card.set_detail("name_prefix", parts[3])
    card.set_detail("name_suffix", " ".join(each for each in parts[4:] if each))


def _read_fn(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    apply_full_name(card, line.text)


def _read_tel(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    number = line.text.strip()
    if number.lower().startswith("tel:") and line.parameter("VALUE").lower() != "text":
        number = _out_of_uri(number)
    card.add_phone(number, context.label(line, PHONE_TYPES))


def _out_of_uri(uri: str) -> str:
    """RFC 3966: visual separators stay, ``;ext=`` becomes what people write."""
    number, *parameters = unquote(uri[4:]).split(";")
    extension = next((each[4:] for each in parameters if each.lower().startswith("ext=")), "")
    return f"{number} ext. {extension}" if extension else number


def _read_email(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    address = line.text.strip()
    if address.lower().startswith("mailto:"):
        address = unquote(address[7:].partition("?")[0])
    card.add_email(address, context.label(line, PLACE_TYPES))


def _read_bday(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    marked = line.parameter("X-APPLE-OMIT-YEAR")
    made_up = int(marked) if marked.isascii() and marked.isdigit() else None
    is_text = line.parameter("VALUE").lower() == "text"
    day = None if is_text else context.day(line.text, made_up)
    card.add_birthday(day, line.text)


def _read_note(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    card.add_notes(line.text)


def _read_categories(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    for tag in line.texts:
        card.add_group(tag)


def _read_uid(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    card.uid = card.uid or line.text.strip() or None


def _read_org(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    organization, *departments = line.parts
    card.set_detail("organization", organization)
    card.keep("department", "; ".join(each for each in departments if each))


def _read_adr(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    po_box, extended, street, *others = [*line.parts, *[""] * 7][:7]
    street = "\n".join(filter(None, (street, extended, po_box)))
    if street or any(others):
        parts = (each or None for each in (street, *others))
        card.add_detail("addresses", AddressEntry(context.label(line, PLACE_TYPES), *parts))


def _read_url(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    card.add_detail("urls", UrlEntry(line.exact_text.strip(), context.label(line, PLACE_TYPES)))


def _read_impp(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    service, colon, handle = line.text.strip().partition(":")
    service = line.parameter("X-SERVICE-TYPE") or line.parameter("SERVICE-TYPE") or service
    if not colon:
        service, handle = UNKNOWN_SERVICE, service
    card.add_detail("messengers", MessengerEntry(service, unquote(handle).strip()))


def _read_messenger(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    service = line.name.removeprefix("X-").removesuffix("-USERNAME").lower()
    card.add_detail("messengers", MessengerEntry(service, line.text.strip()))


def _read_anniversary(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    card.add_date("anniversary", context.day(line.text), line.text)


def _read_abdate(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    label = label_of_text(context.labels.get(line.group, "")) or "date"
    card.add_date(label, context.day(line.text), line.text)


def _read_relation(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    kind = context.label(line, RELATION_TYPES) or UNKNOWN_RELATION
    card.add_detail("relations", RelationEntry(kind, line.text.strip()))


def _read_named_relation(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    """``X-SPOUSE``, ``X-EVOLUTION-MANAGER``: the name of the property says who it is."""
    card.add_detail(
        "relations", RelationEntry(line.name.rpartition("-")[2].lower(), line.text.strip())
    )


def _read_deathdate(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    is_text = line.parameter("VALUE").lower() == "text"
    day = None if is_text else context.day(line.text)
    card.deceased = True
    card.keep("death_date", day.text if day else line.text.strip())


def _read_nickname(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    for each in line.texts:
        card.set_detail("nickname", each)


def _read_title(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    card.set_detail("job_title", line.text.strip())


def _read_gender(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    """RFC 6350 6.2.7: a letter, a text, or both."""
    sex, *identity = line.parts
    text = "; ".join(each for each in identity if each)
    card.keep("gender", f"{sex};{text}" if sex and text else sex or text)


def _read_geo(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    card.keep("position", line.exact_text.strip())


def _read_android(card: CardBuilder, line: ContentLine, context: PropertyContext) -> None:
    """``vnd.android.cursor.item/nickname;Bob;1``: a kind, then columns of Android's own table."""
    parts = [*line.parts, "", "", ""]
    kind, value, number, label = parts[0].rpartition("/")[2], *parts[1:4]
    if kind == "nickname":
        card.set_detail("nickname", value)
    elif kind == "contact_event" and number == _ANDROID_BIRTHDAY:
        card.add_birthday(context.day(value), value)
    elif kind == "contact_event":
        label = "anniversary" if number == _ANDROID_ANNIVERSARY else label or "date"
        card.add_date(label, context.day(value), value)
    elif kind == "relation":
        card.add_detail("relations", RelationEntry(label or UNKNOWN_RELATION, value))
    else:
        read_unknown(card, line, context)


def _read_photo(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    """Pictures do not belong into ``extra``; their addresses may stay, unless they are ours."""
    if line.parameter("X-KITH"):
        return
    if not _has_bytes(line):
        card.keep("photo", line.text.strip())
    elif card.photo is None and 0 < len(content := decode_binary(line)) <= MAX_PHOTO_BYTES:
        card.photo = content
    else:
        card.remark("photo_skipped")


def _has_bytes(line: ContentLine) -> bool:
    return line.is_base64 or line.value.strip().lower().startswith("data:")


def _read_own_fields(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    """What our own export could not say in the words of vCard."""
    if not card.add_own_json(line.text):
        card.keep_in_list("vcard", as_text(line))


def read_unknown(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    """Kept word for word; only sounds, logos and keys are too large to be kept."""
    if _has_bytes(line):
        return card.remark("bytes_skipped")
    return card.keep_in_list("vcard", as_text(line))


def names_a_group(line: ContentLine) -> bool:
    """Whether a card with this property is a list of people (RFC 6350 6.1.4, and Apple's)."""
    is_kind = line.name in {"KIND", "X-ADDRESSBOOKSERVER-KIND"}
    return is_kind and line.value.strip().lower() == "group"


def as_text(line: ContentLine) -> str:
    """A property as one line of vCard 3.0, for `extra` and back."""
    parameters = "".join(
        f";{name}={','.join(_quoted(each) for each in values)}"
        for name, values in line.parameters.items()
        if name not in {"ENCODING", "CHARSET"}
    )
    value = line.value.replace("\r\n", "\n").replace("\n", "\\n")
    return f"{line.group + '.' if line.group else ''}{line.name}{parameters}:{value}"


def _quoted(value: str) -> str:
    value = value.replace('"', "'")
    return f'"{value}"' if any(each in value for each in ",;:") else value


def _read_revision(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
    card.add_revision(line.text.strip())


def _skip(_card: CardBuilder, _line: ContentLine, _context: PropertyContext) -> None:
    """What only speaks of the file."""


def _keeps_text(key: str) -> PropertyReader:
    def keep(card: CardBuilder, line: ContentLine, _context: PropertyContext) -> None:
        card.keep(key, line.text.strip())

    return keep


# Texts that a property says alone, and the names that they have in `extra`.
_TEXT_PROPERTIES: Final = {
    "ROLE": "role",
    "X-PHONETIC-FIRST-NAME": "phonetic_first_name",
    "X-PHONETIC-MIDDLE-NAME": "phonetic_middle_name",
    "X-PHONETIC-LAST-NAME": "phonetic_last_name",
    "X-PHONETIC-ORG": "phonetic_company",
    "X-MAIDENNAME": "maiden_name",
    "X-GENDER": "gender",
    "TZ": "time_zone",
    "LANG": "language",
}
_MESSENGERS: Final = (
    "X-AIM X-ICQ X-JABBER X-MSN X-YAHOO X-GOOGLE-TALK X-GTALK X-SKYPE X-SKYPE-USERNAME X-QQ"
    " X-GADUGADU X-GROUPWISE X-TWITTER X-MATRIX X-TELEGRAM"
)
PROPERTY_READERS: Final[dict[str, PropertyReader]] = {
    "N": _read_n,
    "FN": _read_fn,
    "TEL": _read_tel,
    "EMAIL": _read_email,
    "BDAY": _read_bday,
    "NOTE": _read_note,
    "CATEGORIES": _read_categories,
    "UID": _read_uid,
    "ORG": _read_org,
    "TITLE": _read_title,
    "ADR": _read_adr,
    "URL": _read_url,
    "IMPP": _read_impp,
    "NICKNAME": _read_nickname,
    "GENDER": _read_gender,
    "GEO": _read_geo,
    "ANNIVERSARY": _read_anniversary,
    "X-ANNIVERSARY": _read_anniversary,
    "X-EVOLUTION-ANNIVERSARY": _read_anniversary,
    "X-KADDRESSBOOK-X-ANNIVERSARY": _read_anniversary,
    "X-ABDATE": _read_abdate,
    "RELATED": _read_relation,
    "X-ABRELATEDNAMES": _read_relation,
    "X-RELATION": _read_relation,
    "X-SPOUSE": _read_named_relation,
    "X-EVOLUTION-SPOUSE": _read_named_relation,
    "X-EVOLUTION-MANAGER": _read_named_relation,
    "X-EVOLUTION-ASSISTANT": _read_named_relation,
    "DEATHDATE": _read_deathdate,
    "X-ANDROID-CUSTOM": _read_android,
    "PHOTO": _read_photo,
    "X-KITH": _read_own_fields,
    "X-ABLABEL": _skip,
    "VERSION": _skip,
    "PRODID": _skip,
    "REV": _read_revision,
    "BEGIN": _skip,
    "END": _skip,
    **{name: _keeps_text(key) for name, key in _TEXT_PROPERTIES.items()},
    **dict.fromkeys(_MESSENGERS.split(), _read_messenger),
}
