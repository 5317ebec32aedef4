"""One key per person, and nothing that a letter cannot reach."""

import pytest

from kith.accounts.email_address import EmailAddressInvalid, email_key_of, parse_email_address


@pytest.mark.parametrize(
    ("typed", "written", "key"),
    [
        ("alice@example.com", "alice@example.com", "alice@example.com"),
        ("  Alice@Example.COM ", "Alice@example.com", "alice@example.com"),
        ("a.lice+kith@example.com", "a.lice+kith@example.com", "a.lice+kith@example.com"),
        ("bob@münchen.de", "bob@xn--mnchen-3ya.de", "bob@xn--mnchen-3ya.de"),
        ("bob@xn--mnchen-3ya.de", "bob@xn--mnchen-3ya.de", "bob@xn--mnchen-3ya.de"),
        ("bob@ｅxample.com", "bob@example.com", "bob@example.com"),
        ("carol@kith.test", "carol@kith.test", "carol@kith.test"),
    ],
)
def test_an_address_is_kept_as_typed_and_known_by_its_key(
    typed: str, written: str, key: str
) -> None:
    address = parse_email_address(typed)

    assert (address.written, address.key) == (written, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "alice",
        "alice@",
        "@example.com",
        "аlice@example.com",  # the first letter is Cyrillic
        "ı@example.com",
        "alice@example..com",
        "alice@[127.0.0.1]",
        '"quoted local"@example.com',
        "alice@example.com\r\nBcc: bob@example.com",
        "alice\0@example.com",
        "a" * 65 + "@example.com",
        "alice@" + "a" * 250 + ".com",
        "alice@example.com, bob@example.com",
        "\ud800@example.com",
    ],
)
def test_what_no_letter_can_reach_is_refused(typed: str) -> None:
    with pytest.raises(EmailAddressInvalid):
        parse_email_address(typed)

    assert email_key_of(typed) is None
