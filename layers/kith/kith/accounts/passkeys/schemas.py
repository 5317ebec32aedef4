"""Options of the two ceremonies, in the JSON forms of WebAuthn, level 3: its names, not ours."""

from typing import Final, Literal

from pydantic import Field, JsonValue

from kith.accounts.passkeys.ceremony import (
    ALGORITHMS,
    TIMEOUT_MILLISECONDS,
    relying_party_id,
)
from kith.base64url import encode_base64url
from kith.schema_base import ResponseModel, example

_CHALLENGE: Final = "pX1u0m4dC9zVh1TnQfS0bK3w8yJ5rL2eA7gN6iM4oUc"
_KIND: Final = "public-key"


class RelyingParty(ResponseModel):
    """Who asks: the host of the public address."""

    id: str
    name: str = "Kith"


class PasskeyUser(ResponseModel):
    """Whose passkey it will be."""

    id: str = Field(description="Base64url; comes back as `userHandle`.")
    name: str
    displayName: str  # noqa: N815 - the name in WebAuthn


class PasskeyAlgorithm(ResponseModel):
    """An algorithm of signatures, by its number in COSE."""

    type: Literal["public-key"] = _KIND
    alg: int


class PasskeyDescriptor(ResponseModel):
    """A passkey by the id that its authenticator gave it."""

    type: Literal["public-key"] = _KIND
    id: str


class AuthenticatorSelection(ResponseModel):
    """What an authenticator must be able to do."""

    residentKey: Literal["required"] = "required"  # noqa: N815 - as above
    requireResidentKey: Literal[True] = True  # noqa: N815
    userVerification: Literal["required"] = "required"  # noqa: N815


_ALGORITHMS: Final = [PasskeyAlgorithm(alg=each) for each in ALGORITHMS]
_EXAMPLE: Final[dict[str, JsonValue]] = {
    "rp": {"id": "kith.example.com", "name": "Kith"},
    "user": {
        "id": "bxwfDg9OSxydeg2aPB8rOg",
        "name": "alice@example.com",
        "displayName": "alice@example.com",
    },
    "challenge": _CHALLENGE,
    "pubKeyCredParams": [{"type": _KIND, "alg": -7}],
    "timeout": TIMEOUT_MILLISECONDS,
    "excludeCredentials": [],
    "authenticatorSelection": AuthenticatorSelection().model_dump(),
    "attestation": "none",
}


class PasskeyCreationOptions(ResponseModel):
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`."""

    model_config = example(**_EXAMPLE)

    rp: RelyingParty
    user: PasskeyUser
    challenge: str
    pubKeyCredParams: list[PasskeyAlgorithm] = _ALGORITHMS  # noqa: N815
    timeout: int = TIMEOUT_MILLISECONDS
    excludeCredentials: list[PasskeyDescriptor]  # noqa: N815
    authenticatorSelection: AuthenticatorSelection = AuthenticatorSelection()  # noqa: N815
    attestation: Literal["none"] = "none"


class PasskeyRequestOptions(ResponseModel):
    """For `PublicKeyCredential.parseRequestOptionsFromJSON`: any passkey that the user has here."""

    model_config = example(
        challenge=_CHALLENGE,
        rpId="kith.example.com",
        timeout=TIMEOUT_MILLISECONDS,
        allowCredentials=[],
        userVerification="required",
    )

    challenge: str
    rpId: str  # noqa: N815
    timeout: int = TIMEOUT_MILLISECONDS
    allowCredentials: tuple[PasskeyDescriptor, ...] = ()  # noqa: N815
    userVerification: Literal["required"] = "required"  # noqa: N815


def creation_options(
    challenge: str, user_id: bytes, email: str, known: list[bytes]
) -> PasskeyCreationOptions:
    """Options for a discoverable credential; an authenticator that has one of ``known`` refuses."""
    return PasskeyCreationOptions(
        rp=RelyingParty(id=relying_party_id()),
        user=PasskeyUser(id=encode_base64url(user_id), name=email, displayName=email),
        challenge=challenge,
        excludeCredentials=[PasskeyDescriptor(id=encode_base64url(each)) for each in known],
    )


def request_options(challenge: str) -> PasskeyRequestOptions:
    return PasskeyRequestOptions(challenge=challenge, rpId=relying_party_id())
