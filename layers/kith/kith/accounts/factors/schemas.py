"""What clients send to the second factors, and what they get."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from kith.accounts.factors.entities import FactorKind, FactorMethod
from kith.accounts.models import Passkey, TotpSecret
from kith.json_types import JsonObject
from kith.schema_base import NOT_BLANK, NOT_NULL, Line, RequestModel, ResponseModel, example

_FACTOR: Final[dict[str, JsonValue]] = {
    "id": "5d2c8a35-7a43-4b0e-a9b7-8a4de02c0f5e",
    "kind": "totp",
    "name": None,
    "created_at": "2026-11-21T08:30:00Z",
    "last_used_at": "2026-11-21T09:15:00Z",
}
_CHALLENGE: Final = "pX1u0m4dC9zVh1TnQfS0bK3w8yJ5rL2eA7gN6iM4oUc"
_NEW_CREDENTIAL: Final[dict[str, JsonValue]] = {
    "id": "u3v1…",
    "rawId": "u3v1…",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0…", "attestationObject": "o2Nm…"},
}
_CREDENTIAL: Final[dict[str, JsonValue]] = {
    "id": "u3v1…",
    "rawId": "u3v1…",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0…", "authenticatorData": "SZYN…", "signature": "MEUC…"},
}

Code = Annotated[
    str,
    Field(
        max_length=100,
        description="Six digits of the authenticator app, or a recovery code.",
        examples=["492039"],
    ),
]


class TotpConfirmation(RequestModel):
    """A code that the authenticator app shows."""

    model_config = example(code="492039")

    code: Code


class SecondFactorLogin(RequestModel):
    """The challenge of the login, and the answer to it."""

    model_config = example(challenge=_CHALLENGE, method="totp", code="492039")

    challenge: Annotated[str, Field(max_length=200)]
    method: FactorMethod
    code: Annotated[Code | None, NOT_NULL] = None
    credential: Annotated[JsonObject | None, NOT_NULL] = Field(
        default=None,
        description="With `passkey`: the answer to `challenge` or to `passkeys/login/options`.",
    )

    @model_validator(mode="after")
    def _fits_its_method(self) -> Self:
        is_passkey = self.method == "passkey"
        if is_passkey != (self.credential is not None) or is_passkey == (self.code is not None):
            raise ValueError("must be a credential with passkey, else a code")
        return self


class PasskeyRegistration(RequestModel):
    """A new passkey: what its owner calls it, and what the authenticator answered."""

    model_config = example(name="My phone", credential=_NEW_CREDENTIAL)

    name: Annotated[Line, Field(min_length=1, max_length=100, json_schema_extra=NOT_BLANK)]
    credential: JsonObject = Field(description="`RegistrationResponseJSON` of WebAuthn.")


class PasskeyLogin(RequestModel):
    """What the authenticator answered."""

    model_config = example(credential=_CREDENTIAL)

    credential: JsonObject = Field(description="`AuthenticationResponseJSON` of WebAuthn.")


class FactorAnswer(ResponseModel):
    """A second factor, without its secret."""

    model_config = ConfigDict(title="Factor", json_schema_extra={"examples": [_FACTOR]})

    id: UUID
    kind: FactorKind
    name: str | None
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of_passkey(cls, passkey: Passkey) -> Self:
        return cls(
            id=passkey.id,
            kind="passkey",
            name=passkey.name,
            created_at=passkey.created_at,
            last_used_at=passkey.used_at,
        )

    @classmethod
    def of_totp(cls, totp: TotpSecret) -> Self:
        return cls(
            id=totp.id,
            kind="totp",
            name=None,
            created_at=totp.confirmed_at or totp.created_at,
            last_used_at=totp.used_at,
        )


class FactorList(ResponseModel):
    """The factors that count, and how many recovery codes are left."""

    model_config = example(items=[_FACTOR], next_cursor=None, recovery_codes_left=10)

    items: list[FactorAnswer]
    next_cursor: str | None = None
    recovery_codes_left: int


class TotpSetup(ResponseModel):
    """The seed for an authenticator app, shown this once."""

    model_config = example(
        secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # noqa: S106 - an example
        otpauth_uri="otpauth://totp/Kith:alice%40example.com?secret=JBSWY3…&issuer=Kith",
    )

    secret: str = Field(description="Base32, for apps that cannot read the address.")
    otpauth_uri: str = Field(description="For a QR code.")


class RecoveryCodeList(ResponseModel):
    """Recovery codes, shown this once; each is good for one sign-in."""

    model_config = example(codes=["n5xgk-4dfmz-2xk3l-mfrgg-zdfmy"])

    codes: list[str]
