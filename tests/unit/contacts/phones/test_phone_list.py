import pytest

from kith.contacts.phones.phone_list import PhoneNumbers, PhoneUnknown
from kith.contacts.schemas import ListedPhoneWrite


def sent(*numbers: str | tuple[int, str]) -> list[ListedPhoneWrite]:
    return [
        ListedPhoneWrite(number=each)
        if isinstance(each, str)
        else ListedPhoneWrite(id=each[0], number=each[1])
        for each in numbers
    ]


def known(*numbers: str | tuple[int, str]) -> PhoneNumbers:
    """The numbers of a contact that has these."""
    before = PhoneNumbers("UA")
    before.write(sent(*numbers))
    return PhoneNumbers("UA", before.entries, before.made)


def test_new_numbers_get_new_ids() -> None:
    numbers = known("111", "222")

    assert numbers.write(sent("333", "222", "111")) == [3, 2, 1]
    assert numbers.made == 3


def test_a_number_with_its_id_may_change() -> None:
    numbers = known("111", "222")

    numbers.write(sent((2, "333")))

    assert [(each.id, each.number) for each in numbers.entries] == [(2, "333")]


def test_an_id_that_is_sent_is_not_given_to_an_equal_number() -> None:
    numbers = known("067 123 45 67")

    assert numbers.write(sent("+380671234567", (1, "222"))) == [2, 1]


def test_equal_numbers_collapse_into_the_first() -> None:
    numbers = known()

    assert numbers.write(sent("067 123 45 67", "+380671234567", "111", "111")) == [1, 1, 2, 2]
    assert [each.number for each in numbers.entries] == ["067 123 45 67", "111"]


def test_extensions_make_different_phones() -> None:
    assert known().write(sent("+380671234567", "+380671234567 ext. 2")) == [1, 2]


def test_an_unknown_id_is_refused() -> None:
    with pytest.raises(PhoneUnknown) as refused:
        known("111").write(sent("111", (7, "222")))

    assert refused.value.faults[0].pointer == "/phones/1/id"


def test_an_id_names_one_phone_only() -> None:
    with pytest.raises(PhoneUnknown):
        known("111").write(sent((1, "111"), (1, "222")))


def test_a_number_that_libphonenumber_reads_otherwise_each_time_stays_what_it_was() -> None:
    """Egypt has numbers with leading zeros, and their E.164 loses one whenever it is read."""
    before = PhoneNumbers("UA")
    before.write(sent("+200000000000"))
    again = PhoneNumbers("UA", before.entries, before.made)

    again.write(sent("+200000000000"))

    assert again.entries == before.entries
