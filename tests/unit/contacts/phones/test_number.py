import pytest

from kith.contacts.entities import PhoneEntry
from kith.contacts.phones.number import (
    dialled_digits,
    digits_of,
    looks_like_phone,
    parse_phone,
    region_of_locale,
)


@pytest.mark.parametrize(
    ("number", "region", "e164"),
    [
        ("067 123 45 67", "UA", "+380671234567"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("+44 (0)117 496 0123", None, "+441174960123"),
        ("+380 67 123 45 67", None, "+380671234567"),
        ("(+380) 67 123 45 67", None, "+380671234567"),
        ("٠٦٧ ١٢٣ ٤٥ ٦٧", "UA", "+380671234567"),
        ("067 123 45 67", None, None),
        ("101", "UA", None),
        ("12345", "UA", None),
        ("+1", None, None),
    ],
)
def test_a_number_has_e164_where_it_can_be_told(
    number: str, region: str | None, e164: str | None
) -> None:
    understood = parse_phone(number, region)

    assert understood.number == number
    assert understood.e164 == e164


def test_an_extension_is_told_apart() -> None:
    assert parse_phone("+380 67 123 45 67 ext. 5", None).extension == "5"


@pytest.mark.parametrize("searched", ["380671234567", "0671234567", "671234567"])
def test_a_number_is_found_however_it_is_dialled(searched: str) -> None:
    for number in ("+380 67 123-45-67", "067 123 45 67"):
        phone = PhoneEntry(1, *parse_phone(number, "UA"))
        assert any(searched in digits for digits in dialled_digits(phone))


@pytest.mark.parametrize(
    ("number", "e164", "digits"),
    [
        ("+380671234567 ext. 2", "+380671234567", "380671234567 0671234567 3806712345672"),
        ("8 (912) 345-67-89", "+79123456789", "79123456789 89123456789"),
        ("+1 650 253 0000", "+16502530000", "16502530000"),
        ("+39 06 698 1234", "+39066981234", "39066981234 066981234"),
        ("+44 7781 123456", "+447781123456", "447781123456 07781123456"),
        ("+800 1234 5678", "+80012345678", "80012345678 12345678"),
        ("+200000000000", "+20000000000", "20000000000 0000000000 200000000000"),
        ("12 345", None, "12345"),
    ],
)
def test_a_number_is_searched_worldwide_at_home_and_as_typed(
    number: str, e164: str | None, digits: str
) -> None:
    assert " ".join(dialled_digits(PhoneEntry(1, number, e164))) == digits


def test_digits_of_all_scripts_are_digits() -> None:
    assert digits_of("+٣٨٠ (67)") == "38067"


@pytest.mark.parametrize(
    ("word", "dialled"),
    [("123-45", True), ("(067)", True), ("+", False), ("a1", False), ("", False)],
)
def test_a_word_may_look_like_a_piece_of_a_number(word: str, dialled: bool) -> None:
    assert looks_like_phone(word) is dialled


@pytest.mark.parametrize(
    ("locale", "region"),
    [("uk", "UA"), ("pl", "PL"), ("en", None), ("en-GB", "GB"), ("en_us", "US")],
)
def test_the_region_follows_from_the_locale(locale: str, region: str | None) -> None:
    assert region_of_locale(locale) == region
