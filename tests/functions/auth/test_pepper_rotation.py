"""A rotation of the pepper: nobody notices, and every hash is made anew when it can be."""

import base64
import json

import pytest
from sqlalchemy import text

from kith.accounts.tokens.signing_keys import SigningKeys, signing_keys
from tests.auth_client import AuthClient
from tests.clock import FrozenClock
from tests.signing import PAIR, OpenVault


class RotatingVault(OpenVault):
    """A vault whose newer pepper is there as soon as ``rotated``."""

    rotated = False

    def open(self) -> str:
        secret = json.loads(super().open())
        if self.rotated:
            pepper = base64.b64encode(b"q" * 32).decode()
            secret["password_peppers"] = {"v2": pepper}
        return json.dumps(secret)


@pytest.fixture
def client(client: AuthClient, clock: FrozenClock) -> AuthClient:
    clock.set_offset(0)
    return client.sign_up_and_log_in()


def tag(client: AuthClient) -> str:
    with client.database.reading() as connection:
        kept = connection.execute(text("SELECT password_hash FROM users")).scalars().one()
    return str(kept).partition("$")[0]


def test_an_old_hash_counts_and_is_made_anew_at_the_next_login(
    client: AuthClient, clock: FrozenClock
) -> None:
    vault = RotatingVault(PAIR)
    with signing_keys.override(SigningKeys(vault)):
        assert client.log_in().status == 200
        vault.rotated = True
        assert client.log_in().status == 200
        assert tag(client) == "v1"
        clock.set_offset(901)  # the secret is read again every quarter of an hour

        assert client.log_in().status == 200
        assert tag(client) == "v2"
        assert client.log_in().status == 200
        assert client.log_in(password="another long one").status == 401


def test_who_has_an_older_memory_of_the_secret_reads_it_again_when_it_must(
    client: AuthClient,
) -> None:
    newer = RotatingVault(PAIR)
    newer.rotated = True
    older = RotatingVault(PAIR)
    keys_of_another_process = SigningKeys(older)
    keys_of_another_process.peppers()
    with signing_keys.override(SigningKeys(newer)):
        client.log_in()
        assert tag(client) == "v2"
    older.rotated = True

    with signing_keys.override(keys_of_another_process):
        assert client.log_in().status == 200
        assert tag(client) == "v2"


def test_a_hash_of_a_pepper_that_is_gone_is_a_wrong_password(client: AuthClient) -> None:
    newer = RotatingVault(PAIR)
    newer.rotated = True
    with signing_keys.override(SigningKeys(newer)):
        client.log_in()

    refused = client.log_in()

    assert (refused.status, refused.body["code"]) == (401, "bad_credentials")
