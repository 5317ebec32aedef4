"""The signing keys and the pepper of a local directory."""

import base64
import json
from pathlib import Path

import jwt
import pytest

from infra.local import signing_keys
from infra.local.configuration import StartupError


def test_they_are_made_once_and_for_nobody_elses_eyes(tmp_path: Path) -> None:
    first = signing_keys.load_or_create(tmp_path / "keys.json")

    assert signing_keys.load_or_create(tmp_path / "keys.json") == first
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_what_the_secret_signs_the_public_key_checks(tmp_path: Path) -> None:
    made = signing_keys.load_or_create(tmp_path / "keys.json")
    signing = json.loads(made.secret)["signing_keys"][0]
    token = jwt.encode({"sub": "alice"}, signing["private_key"], "ES256", {"kid": signing["kid"]})

    public = jwt.PyJWKSet.from_json(made.public)[signing["kid"]]

    assert jwt.decode(token, public.key, ["ES256"]) == {"sub": "alice"}


def test_the_pepper_is_32_bytes_and_nothing_secret_is_public(tmp_path: Path) -> None:
    made = signing_keys.load_or_create(tmp_path / "keys.json")

    assert len(base64.b64decode(json.loads(made.secret)["password_pepper"])) == 32
    assert set(json.loads(made.public)["keys"][0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


@pytest.mark.parametrize("text", ["", "{}", '{"signing_keys": [{"kid": "a", "private_key": "b"}]}'])
def test_a_file_that_holds_no_keys_is_one_clear_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(StartupError, match="does not hold signing keys"):
        signing_keys.load_or_create(tmp_path / "keys.json")
