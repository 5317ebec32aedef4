"""The signing keys of an installation: made, and rotated without a logout. `make keys` runs this.

The private keys and the pepper of the passwords are one secret that only the auth function may
read; the public keys are a parameter in Parameter Store that the template takes at deployment.
Auth signs with the first key of the secret; the authorizer knows all of them. So a rotation is:

    next     a new key joins at the end: published by the next deployment, used by nobody
    switch   the new key comes first: auth signs with it after the next deployment
    retire   the others go: a quarter of an hour later no token of theirs is valid any more

The pepper of the passwords is rotated apart from them, and without a deployment:

    pepper   a newer one joins: within a quarter of an hour all hash with it, and verify with each
"""

import argparse
import base64
import hashlib
import json
import secrets
import sys
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

_PEPPER_BYTES: Final = 32
_STEPS: Final = ("first", "next", "switch", "retire", "pepper")
_MEMBERS: Final = ("crv", "kty", "x", "y")  # of a thumbprint, RFC 7638

Secret = dict[str, Any]


class WrongStep(Exception):
    """The keys are not in a state where this step makes sense; the message says why."""


def create_secret() -> Secret:
    """One key and a pepper, which is part of every stored password."""
    return {"signing_keys": [_new_key()], "password_pepper": _new_pepper()}


def add_pepper(secret: Secret) -> Secret:
    """A newer pepper: it hashes passwords from now on; the older ones go on verifying."""
    peppers = secret.get("password_peppers", {})
    tag = f"v{len(peppers) + 2}"
    return secret | {"password_peppers": {**peppers, tag: _new_pepper()}}


def add_next_key(secret: Secret) -> Secret:
    """A second key behind the one that signs.

    Raises:
        WrongStep: there are two already.
    """
    if len(secret["signing_keys"]) > 1:
        raise WrongStep("there is a next key already: deploy, then STEP=switch")
    return secret | {"signing_keys": [*secret["signing_keys"], _new_key()]}


def switch_keys(secret: Secret) -> Secret:
    """The newest key first.

    Raises:
        WrongStep: there is only one.
    """
    if len(secret["signing_keys"]) < 2:
        raise WrongStep("there is no next key: STEP=next, and deploy")
    *others, newest = secret["signing_keys"]
    return secret | {"signing_keys": [newest, *others]}


def retire_keys(secret: Secret) -> Secret:
    """Only the key that signs."""
    return secret | {"signing_keys": secret["signing_keys"][:1]}


def public_jwks(secret: Secret) -> str:
    """The JWKS of all keys, in their order."""
    keys = [_public_key(key) for key in secret["signing_keys"]]
    return json.dumps({"keys": keys}, separators=(",", ":"))


def _new_pepper() -> str:
    return base64.b64encode(secrets.token_bytes(_PEPPER_BYTES)).decode()


def _new_key() -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {"kid": _thumbprint(_jwk(key)), "private_key": pem.decode()}


def _public_key(kept: dict[str, str]) -> dict[str, str]:
    key = serialization.load_pem_private_key(kept["private_key"].encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongStep(f"the key {kept['kid']} is no elliptic curve key")
    return {**_jwk(key), "kid": kept["kid"], "alg": "ES256", "use": "sig"}


def _jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: jwk[name] for name in _MEMBERS}


def _thumbprint(jwk: dict[str, str]) -> str:
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Installation:
    """Where an installation keeps its keys."""

    def __init__(self, stage: str, session: Any = None) -> None:
        if session is None:
            import boto3 as session
        self._name = f"kith/{stage}/keys"
        self._parameter = f"/kith/{stage}/public-keys"
        self._secrets = session.client("secretsmanager")
        self._parameters = session.client("ssm")

    def run_step(self, step: str) -> str:
        """Do one step, keep what comes of it, and return the public keys.

        Raises:
            WrongStep: it makes no sense now.
        """
        if step == "first":
            secret = self._create()
        else:
            steps = {
                "next": add_next_key,
                "switch": switch_keys,
                "retire": retire_keys,
                "pepper": add_pepper,
            }
            secret = steps[step](self._read())
            self._secrets.put_secret_value(SecretId=self._name, SecretString=json.dumps(secret))
        published = public_jwks(secret)
        self._parameters.put_parameter(
            Name=self._parameter, Value=published, Type="String", Overwrite=True
        )
        return published

    def _create(self) -> Secret:
        secret = create_secret()
        try:
            self._secrets.create_secret(Name=self._name, SecretString=json.dumps(secret))
        except self._secrets.exceptions.ResourceExistsException:
            raise WrongStep(f"{self._name} exists: its pepper is part of every password") from None
        return secret

    def _read(self) -> Secret:
        kept = self._secrets.get_secret_value(SecretId=self._name)["SecretString"]
        read: Secret = json.loads(kept)
        return read


def main() -> int:
    parser = argparse.ArgumentParser(prog="make keys")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--step", choices=_STEPS, default="first")
    options = parser.parse_args()
    try:
        published = Installation(options.stage).run_step(options.step)
    except WrongStep as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"public keys, also in Parameter Store as /kith/{options.stage}/public-keys:\n{published}"
    )
    print(f"now: make deploy STAGE={options.stage}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
