"""What the writer writes, the reader reads, and no spreadsheet runs."""

import csv
import io
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.csv.injection import neutralize_formula, restore_formula
from kith.contacts.exchange.csv.reader import read_csv
from kith.contacts.exchange.csv.writer import write_csv
from tests.unit.contacts.exchange.cards import cards, numbers


@given(st.lists(cards(), min_size=1, max_size=4))
def test_what_is_written_is_read_back_whole(people: list[Card]) -> None:
    file = write_csv(people)

    found = list(read_csv(file))

    assert [replace(each, line=1, remarks=()) for each in found] == people


@given(st.lists(cards(), min_size=1, max_size=4))
def test_no_cell_begins_like_a_formula_unless_it_is_a_plain_phone_number(
    people: list[Card],
) -> None:
    rows = csv.reader(io.StringIO(write_csv(people), newline=""))

    suspicious = [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r\n")]

    assert all(set(cell[1:]) <= set("0123456789 ().-") and cell[0] == "+" for cell in suspicious)


@given(st.one_of(st.text(), numbers), st.booleans())
def test_a_harmless_cell_shows_its_value_again(value: str, dialled: bool) -> None:
    assert restore_formula(neutralize_formula(value, dialled=dialled)) == value
