"""Seeds at rest: bound to their user, and to a secret that can be rotated."""

from uuid import uuid4

import pytest

from kith.accounts.factors.seed_cipher import SeedUnreadable, decrypt_seed, encrypt_seed

SEED, OLD, NEW, ALICE = bytes(range(20)), b"o" * 32, b"n" * 32, uuid4()


def test_a_seed_is_read_with_the_secret_that_it_was_encrypted_with() -> None:
    encrypted = encrypt_seed(SEED, ALICE, OLD)

    assert decrypt_seed(encrypted, ALICE, [NEW, OLD]) == SEED
    assert SEED not in encrypted
    assert encrypt_seed(SEED, ALICE, OLD) != encrypted


@pytest.mark.parametrize("peppers", [[], [NEW]])
def test_without_that_secret_it_is_unreadable(peppers: list[bytes]) -> None:
    with pytest.raises(SeedUnreadable):
        decrypt_seed(encrypt_seed(SEED, ALICE, OLD), ALICE, peppers)


def test_in_another_users_row_it_is_unreadable() -> None:
    with pytest.raises(SeedUnreadable):
        decrypt_seed(encrypt_seed(SEED, ALICE, OLD), uuid4(), [OLD])


@pytest.mark.parametrize("place", range(4 + 12 + 20 + 16))
def test_no_altered_byte_goes_unnoticed(place: int) -> None:
    encrypted = bytearray(encrypt_seed(SEED, ALICE, OLD))
    encrypted[place] ^= 1

    with pytest.raises(SeedUnreadable):
        decrypt_seed(bytes(encrypted), ALICE, [OLD])
