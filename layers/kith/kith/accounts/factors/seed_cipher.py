"""Encryption of TOTP seeds: AES-256-GCM with a key derived from the secret of the passwords.

``<key id, 4 bytes><nonce, 12 bytes><ciphertext and tag>``. The key id tells which secret a seed was
encrypted with, so that the secret can be rotated. The ciphertext is bound to its user: copied to
another row it cannot be decrypted.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final
from uuid import UUID

_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12


class SeedUnreadable(Exception):
    """No secret that we have decrypts this seed."""


def encrypt_seed(seed: bytes, user_id: UUID, pepper: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    ciphertext = AESGCM(_derived(pepper, b"key")).encrypt(nonce, seed, user_id.bytes)
    return _key_id(pepper) + nonce + ciphertext


def decrypt_seed(encrypted: bytes, user_id: UUID, peppers: Iterable[bytes]) -> bytes:
    """The seed of a user. Raises SeedUnreadable."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, rest = encrypted[:_ID_BYTES], encrypted[_ID_BYTES:]
    nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    pepper = next((each for each in peppers if _key_id(each) == key_id), None)
    if pepper is None:
        raise SeedUnreadable
    try:
        return AESGCM(_derived(pepper, b"key")).decrypt(nonce, ciphertext, user_id.bytes)
    except InvalidTag as error:
        raise SeedUnreadable from error


def _key_id(pepper: bytes) -> bytes:
    return _derived(pepper, b"id")[:_ID_BYTES]


def _derived(pepper: bytes, purpose: bytes) -> bytes:
    """HKDF-Expand (RFC 5869) of one block: the pepper is uniformly random already."""
    return hmac.digest(pepper, b"totp seed, " + purpose + b"\x01", hashlib.sha256)
