"""What the writer writes, the reader reads."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kith.contacts.exchange import vcard_reader, vcard_writer
from kith.contacts.exchange.card import Card
from tests.unit.contacts.exchange.cards import cards


@given(st.lists(cards(), min_size=1, max_size=3), st.sampled_from(["3.0", "4.0"]))
def test_what_is_written_is_read_back_whole(
    people: list[Card], version: vcard_writer.Version
) -> None:
    file = "".join(vcard_writer.write(each, version) for each in people)

    found = list(vcard_reader.read(file))

    assert [replace(each, line=1, remarks=[]) for each in found] == people
