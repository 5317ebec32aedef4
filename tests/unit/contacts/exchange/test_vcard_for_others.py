"""What we write, parsers that others wrote understand."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, get_args
from unittest.mock import ANY

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.contacts.details.entities import ContactDetails
from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.vcard.grammar import VcardVersionNumber
from kith.contacts.exchange.vcard.writer import write_vcards
from tests.unit.contacts.exchange.cards import birthday, cards

NAME_PARTS: Final = ("middle_name", "name_prefix", "name_suffix")
ICAL: Final = Path(".tools/ical/node_modules/ical.js")
SCRIPT: Final = """
import ICAL from "ical.js";
import { readFileSync } from "node:fs";
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((file) => ICAL.parse(file))));
"""
ANY_THREE: Final = (ANY, ANY, ANY)
IVAN = Card(
    1,
    uid="ivan",
    first_name="Іван",
    last_name="Шевченко; або ні",
    emails=(LabelledValue("ivan@example.com", "home"),),
    phones=(LabelledValue("067 123 45 67", "mobile"), LabelledValue("5-12-34", "Дача")),
    birthday=birthday("--05-17"),
    tags=("family", "a,b"),
    notes="Перший рядок\nдругий, довший за сімдесят п'ять октетів, а тому перенесений на наступний",
    details=ContactDetails(organization="Kyivstar"),
    extra={"shoe size": 44},
)


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_names_numbers_and_notes_arrive(version: VcardVersionNumber) -> None:
    card = vobject.readOne(write_vcards(IVAN, version))

    assert card.version.value == version
    assert (card.n.value.given, card.n.value.family) == ("Іван", "Шевченко; або ні")
    assert card.fn.value == "Іван Шевченко; або ні"
    assert card.email.value == "ivan@example.com"
    assert [each.value for each in card.tel_list] == ["067 123 45 67", "5-12-34"]
    assert card.tel_list[0].type_param == "CELL"
    assert card.tel_list[1].group == card.x_ablabel.group
    assert card.x_ablabel.value == "Дача"
    assert card.note.value == IVAN.notes
    assert card.categories.value == ["family", "a,b"]
    assert card.org.value == ["Kyivstar"]
    assert card.uid.value == "ivan"


def test_an_apple_finds_its_own_way_to_write_that_a_year_is_unknown() -> None:
    card = vobject.readOne(write_vcards(IVAN, "3.0"))

    assert card.bday.value == "1604-05-17"
    assert card.bday.params["X-APPLE-OMIT-YEAR"] == ["1604"]


def test_vcard_4_has_a_way_of_its_own() -> None:
    assert vobject.readOne(write_vcards(IVAN, "4.0")).bday.value == "--0517"


@given(cards())
def test_vobject_reads_whatever_a_contact_holds(person: Card) -> None:
    card = vobject.readOne(write_vcards(person, "3.0"))

    assert (card.n.value.given, card.n.value.family) == (person.first_name, person.last_name)
    assert [each.value for each in getattr(card, "tel_list", [])] == [
        each.value for each in person.phones
    ]
    assert [each.value for each in getattr(card, "email_list", [])] == [
        each.value for each in person.emails
    ]


def without_backslashes(person: Card) -> Card:
    """For ical.js, a backslash before a separator always protects it, even behind another."""
    slashed: dict[str, Any] = {
        name: getattr(person, name).replace("\\", "/")
        for name in ("first_name", "last_name", "notes")
    }
    parts: dict[str, Any] = {
        name: (getattr(person.details, name) or "").replace("\\", "/") or None
        for name in NAME_PARTS
    }
    extra = {name: value for name, value in person.extra.items() if name not in NAME_PARTS}
    return replace(person, **slashed, details=replace(person.details, **parts), extra=extra)


@pytest.mark.skipif(
    not ICAL.exists() or not shutil.which("node"), reason="node, and ical.js by `make test-all`"
)
@given(st.lists(cards().map(without_backslashes), min_size=1, max_size=8))
@settings(max_examples=10)
def test_ical_js_reads_whatever_a_contact_holds(people: list[Card]) -> None:
    files = [
        (person, write_vcards(person, version))
        for person in people
        for version in get_args(VcardVersionNumber)
    ]

    read = read_by_ical([file for _, file in files])

    for (person, _), properties in zip(files, read, strict=True):
        assert properties["n"] == [[person.last_name, person.first_name, *ANY_THREE]]
        numbers, notes = (
            [each.replace("\\;", ";") for each in properties.get(name, [])]  # as it stands in 3.0
            for name in ("tel", "note")
        )
        assert numbers == [each.value for each in person.phones]
        assert properties.get("email", []) == [each.value for each in person.emails]
        assert notes == ([re.sub("\r\n?", "\n", person.notes)] if person.notes.strip() else [])


def read_by_ical(files: list[str]) -> list[dict[str, list[Any]]]:
    """The values of each property of each file, as ical.js understands them."""
    found = subprocess.run(
        [shutil.which("node") or "", "--input-type=module", "-e", SCRIPT],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        check=True,
        cwd=ICAL.parent.parent,
    )
    cards: list[dict[str, list[Any]]] = []
    for _, properties, _ in json.loads(found.stdout):
        values: dict[str, list[Any]] = {}
        for name, _, _, *several in properties:
            values.setdefault(name, []).extend(several)
        cards.append(values)
    return cards
