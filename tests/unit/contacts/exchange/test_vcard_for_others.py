"""What we write, a parser that others wrote understands."""

import pytest
import vobject

from kith.contacts.exchange.card import Card, LabelledValue
from kith.contacts.exchange.vcard.writer import VcardVersionNumber, write_vcards
from tests.unit.contacts.exchange.cards import birthday

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
    extra={"company": "Kyivstar", "shoe size": 44},
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
