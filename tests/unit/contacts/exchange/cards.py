"""Cards of every kind that the address book can hold, for property tests."""

from typing import Any, Final

from hypothesis import strategies as st

from kith.birthdate import Birthdate
from kith.contacts.details.entities import (
    AddressEntry,
    ContactDetails,
    MessengerEntry,
    RelationEntry,
    UrlEntry,
)
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.fields import has_ink


def birthday(text: str) -> Birthdate:
    return Birthdate.parse(text)


def kept(card: Card, key: str) -> Any:
    """What `extra` has under a key, to look into."""
    return card.extra[key]


# What other programs, spreadsheets, arrays of SQL and our own formats would take for their own.
HOSTILE_TEXTS: Final = [
    *("null", "NULL", "Null", "None", "nil", "undefined", "true", "false", "\\N", "\\0", "\\"),
    *("{}", "[]", "{NULL}", "{null,NULL}", '{"a":1}', '["', "{", "}", "(", ")", "<b>", "&amp;"),
    *('"', '""', '"""', "'", "''", "'=", "`", '\\"', "\\\\", "a\\", "\\n", "\\,", "\\;", "a\\,b"),
    *(",", ";", ":", "a,b", "a;b", "a:b", "|", "\u2063", " ::: ", ":::", "a ::: b", "::: ", "="),
    *("NaN", "nan", "Infinity", "-Infinity", "1e400", "-0", "0", "00", "1_0", "0x1", "1.0", "+1"),
    *("=1+1", "@sum", "-1", "%0A", "=3D", "=\u0435", "^n", "^", "^^", "^'", "a^b", "$1", "${x}"),
    *("BEGIN:VCARD", "END:VCARD", "X-KITH:{}", "item1.TEL", "TYPE=home", "sep=;", "urn:uuid:1"),
    *("tel:1", "TEL:2", "mailto:a", "data:,x", "base64,", "* x", "*", "* ", "starred", "Starred"),
    *("myContacts", "_$!<Home>!$_", "_$!<x>!$_", "home", "HOME", "cell", "pref", "x-home", "X-x"),
    *("1604-05-05", "--05-17", "0/0/00", "circa 1800", "Hopper, Grace", "Grace Hopper", "a  b"),
    *(" a", "a ", "\u00a0a", "a\u00a0b", "a\u2003", "\ufeffa", "a\u2028b", "a\u2029b", "\u3000"),
    *(
        "\u200fאב",
        "a\u202eb\u202c",
        "\u2066x\u2069",
        "\u200b",
        "\u200d",
        "\u00ad",
        "\ufffd",
        "\ufffe",
    ),
    *("😀", "👨‍👩‍👧‍👦", "🇺🇦", "𝒜", "e\u0301", "é", "ﬁ", "İ", "ı", "ß", "Ω", "\U0010ffff", "\ue000"),
]
_letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
texts = st.one_of(
    st.sampled_from(["Іван", "Łódź", "a;b,c\\d:e", "cell", *HOSTILE_TEXTS]),
    st.text(_letters, max_size=120),
).map(str.strip)
words = texts.filter(bool)
names = texts.filter(lambda name: not name or has_ink(name))
notes = st.one_of(
    st.just(""),
    st.text(st.one_of(_letters, st.sampled_from("\n\r\t=\\;,")), max_size=200).filter(str.strip),
)
addresses = st.from_regex(r"[a-z0-9+._-]{1,12}@[a-z0-9]{1,12}\.[a-z]{2,5}", fullmatch=True)
numbers = st.from_regex(r"\+?[0-9][0-9 ()-]{2,20}[0-9](;ext=[0-9]{1,3})?", fullmatch=True)
known_labels = st.sampled_from([None, "home", "work", "mobile", "fax", "other", "Mobile", "* Home"])
labels = st.one_of(known_labels, words)


def labelled(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[LabelledValue, ...]]:
    return st.lists(st.builds(LabelledValue, values, labels), max_size=3, unique=True).map(tuple)


birthdays = st.one_of(
    st.none(),
    st.dates().map(str),
    st.dates().map(lambda day: f"--{day.month:02}-{day.day:02}"),
    st.sampled_from(["--02-29", "1604-05-05", "0001-01-01", "1900-01-01", "2000-02-29"]),
).map(lambda text: birthday(text) if text else None)
tags = st.lists(
    st.one_of(
        words.filter(has_ink).map(lambda tag: " ".join(tag.split())),
        st.sampled_from(["starred", "a,b;c"]),
    ),
    max_size=4,
    unique=True,
).map(tuple)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=5,
)
known_keys = st.one_of(
    st.sampled_from(["job_title", "role", "nickname", "company", "department", "middle_name"]),
    st.sampled_from(["phonetic_first_name", "phonetic_middle_name", "phonetic_last_name"]),
    st.sampled_from(["phonetic_company", "maiden_name", "time_zone", "position", "language"]),
    st.sampled_from(["gender", "death_date"]),
    st.sampled_from(["name_prefix", "name_suffix", "display_name", "addresses", "urls", "photo"]),
    st.sampled_from(["relations", "dates", "messengers", "vcard", "birthday", "emails"]),
)
objects = st.lists(
    st.dictionaries(
        st.sampled_from(
            [
                "street",
                "city",
                "country",
                "label",
                "address",
                "name",
                "date",
                "service",
                "handle",
                "po_box",
            ]
        ),
        words,
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=3,
)
extras = st.dictionaries(
    st.one_of(known_keys, words),
    st.one_of(words, objects, json_values, st.lists(words, max_size=3)),
    max_size=5,
)


def some(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(entries, max_size=2, unique=True).map(tuple)


maybe = st.one_of(st.none(), words)
urls = st.sampled_from(
    ["https://a.b/?c=1,2;3", "приклад.укр/сторінка", "example.com", "HTTP://Ex.com/%20x", "a:b"]
)
details = st.one_of(
    st.just(ContactDetails()),
    st.builds(
        ContactDetails,
        middle_name=maybe,
        name_prefix=maybe,
        name_suffix=maybe,
        nickname=maybe,
        organization=maybe,
        job_title=maybe,
        addresses=some(
            st.builds(
                AddressEntry,
                label=labels,
                street=st.one_of(maybe, st.just("1 Main St\nApt 2")),
                city=words,
                region=maybe,
                postal_code=maybe,
                country=maybe,
            )
        ),
        urls=some(st.builds(UrlEntry, urls, labels)),
        messengers=some(st.builds(MessengerEntry, words, words)),
        relations=some(st.builds(RelationEntry, words, words)),
        how_we_met=st.one_of(st.none(), notes.filter(bool).map(str.strip)),
        gift_ideas=some(words),
    ),
)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    first_name, last_name = draw(
        st.tuples(names, names).filter(any)  # somebody has a name
    )
    return Card(
        line=1,
        uid=draw(st.one_of(st.none(), words)),
        first_name=first_name,
        last_name=last_name,
        emails=draw(labelled(addresses)),
        phones=draw(labelled(numbers)),
        birthday=draw(birthdays),
        tags=draw(tags),
        favourite=draw(st.booleans()),
        muted=draw(st.booleans()),
        deceased=draw(st.booleans()),
        lead_days=draw(st.one_of(st.none(), st.lists(st.integers(0, 365), max_size=3).map(tuple))),
        notes=draw(notes),
        details=draw(details),
        extra=draw(extras),
    )
