import pytest

from kith.contacts.email_address import normalize_address, unicode_address


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ivan@Example.COM", "Ivan@example.com"),
        ("ivan+list@sub.example.co.uk", "ivan+list@sub.example.co.uk"),
        ("іван@example.com", "іван@example.com"),
        ("ivan@Пошта.УКР", "ivan@xn--80a1acn3a.xn--j1amh"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_an_address_is_kept_as_typed_with_its_domain_in_idna(typed: str, stored: str) -> None:
    assert normalize_address(typed) == stored


@pytest.mark.parametrize(
    "text",
    [
        "nobody",
        "@example.com",
        "a@",
        "a@b",
        "a@b..com",
        "a@-b.com",
        "a@b-.com",
        "a@b.com.",
        "a@" + "x" * 64 + ".com",
        "x" * 65 + "@example.com",
        "x" * 64 + "@" + ".".join(["y" * 63] * 3) + ".com",
        "a b@example.com",
        "a@exa mple.com",
        "a@b@example.com",
        "<a@example.com>",
        "a\x7f@example.com",
        "a..b@example.com",
        "a.@example.com",
        "a@☃☃..com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an e-mail address"):
        normalize_address(text)


def test_a_domain_is_spoken_in_the_letters_that_people_read() -> None:
    assert unicode_address(normalize_address("ivan@пошта.укр")) == "ivan@пошта.укр"
    assert unicode_address("ivan@example.com") == "ivan@example.com"
    assert unicode_address("ivan@xn--.com") == "ivan@xn--.com"
