"""What the writer writes, the reader reads."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kith.contacts.exchange.card import Card
from kith.contacts.exchange.vcard.grammar import VcardVersionNumber
from kith.contacts.exchange.vcard.reader import read_vcards
from kith.contacts.exchange.vcard.writer import write_vcards
from tests.unit.contacts.exchange.cards import cards


@given(st.lists(cards(), min_size=1, max_size=3), st.sampled_from(["3.0", "4.0"]))
def test_what_is_written_is_read_back_whole(
    people: list[Card], version: VcardVersionNumber
) -> None:
    file = "".join(write_vcards(each, version) for each in people)

    found = list(read_vcards(file))

    assert [replace(each, line=1, remarks=()) for each in found] == people
