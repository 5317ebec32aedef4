"""How a password is kept."""

import threading
import unicodedata

import pytest

from kith import settings as environment
from kith.accounts.passwords import hashing
from kith.accounts.passwords.hashing import HashingBusy
from tests.waiting import HANG_SECONDS

PEPPER = {"v1": b"p" * 32}


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
    kept = hashing.hash_password(password, PEPPER)

    assert hashing.verify_password(password, kept, PEPPER)
    assert not hashing.verify_password(password + "x", kept, PEPPER)
    assert not hashing.verify_password(password[:-1], kept, PEPPER)


def test_composed_and_decomposed_spellings_are_the_same_password() -> None:
    composed = unicodedata.normalize("NFC", "dziękuję Łódź")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed

    assert hashing.verify_password(decomposed, hashing.hash_password(composed, PEPPER), PEPPER)


@pytest.mark.parametrize("length", [72, 73, 200])
def test_nothing_is_truncated(length: int) -> None:
    kept = hashing.hash_password("a" * length, PEPPER)

    assert hashing.verify_password("a" * length, kept, PEPPER)
    assert not hashing.verify_password("a" * (length - 1), kept, PEPPER)
    assert not hashing.verify_password("a" * (length - 1) + "b", kept, PEPPER)


def test_another_pepper_matches_nothing() -> None:
    kept = hashing.hash_password("seven quiet geese", PEPPER)

    assert not hashing.verify_password("seven quiet geese", kept, {"v1": b"q" * 32})


def test_nobody_has_a_password_that_matches() -> None:
    assert not hashing.verify_password("", None, PEPPER)
    assert not hashing.verify_password("seven quiet geese", None, PEPPER)


def test_a_hash_says_by_which_recipe_and_cost_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = hashing.hash_password("seven quiet geese", PEPPER)
    assert kept.startswith("v1$$2b$04$")
    assert not hashing.needs_rehash(kept, PEPPER)

    monkeypatch.setenv("KITH_PASSWORD_COST", "5")
    environment.settings.cache_clear()

    assert hashing.needs_rehash(kept, PEPPER)
    assert hashing.needs_rehash(kept.replace("v1", "v0"), PEPPER)


def test_with_all_places_taken_a_hash_is_refused_rather_than_made_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, release = threading.Barrier(3), threading.Event()

    def hold() -> None:
        with hashing._slot():
            held.wait(HANG_SECONDS)
            release.wait(HANG_SECONDS)

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for each in threads:
        each.start()
    held.wait(HANG_SECONDS)
    try:
        with pytest.raises(HashingBusy) as refused:
            hashing.hash_password("seven quiet geese", PEPPER)
        assert refused.value.retry_after >= 1
    finally:
        release.set()
        for each in threads:
            each.join()


def test_a_newer_pepper_hashes_and_the_older_ones_still_verify() -> None:
    kept = hashing.hash_password("seven quiet geese", PEPPER)
    rotated = {**PEPPER, "v2": b"r" * 32, "v10": b"s" * 32}

    renewed = hashing.hash_password("seven quiet geese", rotated)

    assert hashing.verify_password("seven quiet geese", kept, rotated)
    assert not hashing.verify_password("eight quiet geese", kept, rotated)
    assert hashing.needs_rehash(kept, rotated)
    assert renewed.startswith("v10$$2b$04$")
    assert hashing.verify_password("seven quiet geese", renewed, rotated)
    assert not hashing.needs_rehash(renewed, rotated)


def test_a_hash_whose_pepper_is_gone_matches_nothing() -> None:
    kept = hashing.hash_password("seven quiet geese", PEPPER)

    assert not hashing.verify_password("seven quiet geese", kept, {"v2": b"r" * 32})
    assert not hashing.verify_password(
        "seven quiet geese", kept.replace("v1", "v2", 1), {"v2": b"r" * 32}
    )
