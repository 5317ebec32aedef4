"""What is acceptable as a password, and how one is kept."""

import threading
import unicodedata

import pytest

from kith import settings as environment
from kith.accounts import passwords
from kith.accounts.passwords import HashingBusy, PasswordNotAcceptable

PEPPER = b"p" * 32
ALICE = "alice.liddell@example.com"


@pytest.fixture(autouse=True)
def _quick(_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_PASSWORD_COST", "4")
    environment.settings.cache_clear()


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet geese",
        "        x",
        "äöüßÄÖÜ€",
        "🦆🦆🦆🦆🦆🦢🦢🦢",
        "x9" * 36,
        "x9" * 36 + "!",
        "длинный пароль " * 13,
        "a\tb\x7fc\0d e f",
        "я" * 256,
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    passwords.validate_password(password, ALICE)
    kept = passwords.hash_password(password, PEPPER)

    assert passwords.verify_password(password, kept, PEPPER)
    assert not passwords.verify_password(password + "x", kept, PEPPER)
    assert not passwords.verify_password(password[:-1], kept, PEPPER)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("7 chars", "too_short"),
        ("🦆" * 7, "too_short"),
        ("x" * 257, "too_long"),
        ("password1", "common"),
        ("PassWord1", "common"),
        ("ｐａｓｓｗｏｒｄ", "common"),
        ("qwertyuiop", "common"),
        ("Alice.Liddell@example.com", "own_address"),
        ("alice.liddell", "own_address"),
        ("kith2026!", "product_name"),
        ("KITH12345", "product_name"),
        ("kithkith", "product_name"),
    ],
)
def test_what_is_tried_first_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(PasswordNotAcceptable) as refused:
        passwords.validate_password(password, ALICE)

    assert refused.value.reason == reason
    assert refused.value.faults[0].pointer == "/password"


def test_composed_and_decomposed_spellings_are_the_same_password() -> None:
    composed = unicodedata.normalize("NFC", "dziękuję Łódź")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed

    assert passwords.verify_password(decomposed, passwords.hash_password(composed, PEPPER), PEPPER)


@pytest.mark.parametrize("length", [72, 73, 200])
def test_nothing_is_truncated(length: int) -> None:
    kept = passwords.hash_password("a" * length, PEPPER)

    assert passwords.verify_password("a" * length, kept, PEPPER)
    assert not passwords.verify_password("a" * (length - 1), kept, PEPPER)
    assert not passwords.verify_password("a" * (length - 1) + "b", kept, PEPPER)


def test_another_pepper_matches_nothing() -> None:
    kept = passwords.hash_password("seven quiet geese", PEPPER)

    assert not passwords.verify_password("seven quiet geese", kept, b"q" * 32)


def test_nobody_has_a_password_that_matches() -> None:
    assert not passwords.verify_password("", None, PEPPER)
    assert not passwords.verify_password("seven quiet geese", None, PEPPER)


def test_a_hash_says_by_which_recipe_and_cost_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = passwords.hash_password("seven quiet geese", PEPPER)
    assert kept.startswith("v1$$2b$04$")
    assert not passwords.needs_rehash(kept)

    monkeypatch.setenv("KITH_PASSWORD_COST", "5")
    environment.settings.cache_clear()

    assert passwords.needs_rehash(kept)
    assert passwords.needs_rehash(kept.replace("v1", "v0"))


def test_with_all_places_taken_a_hash_is_refused_rather_than_made_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, release = threading.Barrier(3), threading.Event()

    def hold() -> None:
        with passwords._slot():
            held.wait(5)
            release.wait(5)

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for each in threads:
        each.start()
    held.wait(5)
    try:
        with pytest.raises(HashingBusy) as refused:
            passwords.hash_password("seven quiet geese", PEPPER)
        assert refused.value.retry_after >= 1
    finally:
        release.set()
        for each in threads:
            each.join()
