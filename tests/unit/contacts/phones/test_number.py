import pytest

from kith.contacts.phones.number import digits_of, looks_like_phone, parse_phone, region_of_locale


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
        assert searched in parse_phone(number, "UA").found_by


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
