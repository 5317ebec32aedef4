"""The secrets of the accounts: keys that sign, and the pepper of the passwords.

They lie in one secret of Secrets Manager that only this function may read. It is read when it is
first needed, and again when the published keys say that there is a newer one, so that a key can be
rotated without anybody noticing: whichever half is changed first, only a key that the authorizer
knows is ever used.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Protocol

from kith import clock
from kith.accounts.tokens.jwks import load_public_keys
from kith.deadline import call_in_time
from kith.errors import Unavailable
from kith.idle import close_when_idle
from kith.settings import settings
from kith.singleton import singleton

_FRESH: Final = timedelta(minutes=15)
_LEAST_PEPPER_BYTES: Final = 32
_CONNECT_SECONDS: Final = 1
_TIMEOUT_SECONDS: Final = 3  # of a call altogether


class KeysUnavailable(Unavailable):
    code = "keys_unavailable"
    detail = "Signing in is not possible at the moment; try again shortly."


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key (PKCS 8, PEM) and the id that its public half is published under."""

    kid: str
    private_key: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """Contents of the secret.

    Attributes:
        signing_keys: the newest first.
        peppers: by their tags ``v1``, ``v2`` …, the newest last.
    """

    signing_keys: tuple[SigningKey, ...]
    peppers: Mapping[str, bytes]

    @classmethod
    def read(cls, text: str) -> "Secrets":
        """Out of ``{"signing_keys": [{"kid", "private_key"}], "password_pepper": base64}``.

        A pepper that took the place of the first is in ``"password_peppers": {"v2": base64}``.

        Raises:
            KeysUnavailable: it is no such thing, or the pepper is too short to be one.
        """
        try:
            secret = json.loads(text)
            keys = tuple(SigningKey(k["kid"], k["private_key"]) for k in secret["signing_keys"])
            peppers = _read_peppers(secret)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeysUnavailable from None
        if not keys or any(len(pepper) < _LEAST_PEPPER_BYTES for pepper in peppers.values()):
            raise KeysUnavailable
        return cls(keys, peppers)


def _read_peppers(secret: Mapping[str, Any]) -> dict[str, bytes]:
    texts = {"v1": secret["password_pepper"], **secret.get("password_peppers", {})}
    by_age = sorted(texts, key=lambda tag: int(tag.removeprefix("v")))
    return {tag: base64.b64decode(texts[tag], validate=True) for tag in by_age}


class SecretSource(Protocol):
    """Where the secret is kept."""

    def open(self) -> str:
        """The secret's text. Raises KeysUnavailable."""
        ...


class SecretsManagerStore:
    """The secret that the settings name."""

    def open(self) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = call_in_time(
                lambda: _client().get_secret_value(SecretId=settings().secret_id), _TIMEOUT_SECONDS
            )
        except (BotoCoreError, ClientError, OSError) as error:
            raise KeysUnavailable from error
        return str(response["SecretString"])


class SigningKeys:
    """The secrets, kept in memory for a while."""

    def __init__(self, source: SecretSource) -> None:
        self._source = source
        self._secrets: Secrets | None = None
        self._read_at: datetime | None = None

    def pepper(self) -> bytes:
        """The newest pepper."""
        return next(reversed(list(self.peppers().values())))

    def peppers(self, *tags: str) -> Mapping[str, bytes]:
        """All peppers by their tags; the secret is read again where one of ``tags`` is not known.

        Somebody else's memory of the secret may be newer than ours.
        """
        peppers = self._current().peppers
        return peppers if all(tag in peppers for tag in tags) else self._read_again().peppers

    def signing_key(self) -> SigningKey:
        """The newest key whose public half is published.

        Raises:
            KeysUnavailable: there is none, or the secret cannot be read.
        """
        published = load_public_keys()
        key = _newest(self._current(), published) or _newest(self._read_again(), published)
        if key is None:
            raise KeysUnavailable
        return key

    def _current(self) -> Secrets:
        if self._secrets is None or self._read_at is None:
            return self._read_again()
        if abs(clock.now() - self._read_at) > _FRESH:
            return self._renewed(self._secrets)
        return self._secrets

    def _renewed(self, known: Secrets) -> Secrets:
        """A newer secret where it can be had; an old one is still better than none."""
        try:
            return self._read_again()
        except KeysUnavailable:
            return known

    def _read_again(self) -> Secrets:
        self._secrets = Secrets.read(self._source.open())
        self._read_at = clock.now()
        return self._secrets


def _newest(secrets: Secrets, published: Mapping[str, object]) -> SigningKey | None:
    return next((each for each in secrets.signing_keys if each.kid in published), None)


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_TIMEOUT_SECONDS - _CONNECT_SECONDS,
        retries={"total_max_attempts": 1},
    )
    return close_when_idle(boto3.client("secretsmanager", config=config))


@singleton
def signing_keys() -> SigningKeys:
    """This process's keys, out of Secrets Manager."""
    return SigningKeys(SecretsManagerStore())
