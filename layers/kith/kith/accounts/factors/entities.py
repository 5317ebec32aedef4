"""Values of the second factors that are no rows."""

from dataclasses import dataclass
from typing import Literal

from kith.json_types import JsonObject

FactorKind = Literal["totp", "passkey"]
FactorMethod = Literal["totp", "passkey", "recovery"]


@dataclass(frozen=True, slots=True)
class FactorProof:
    """What somebody shows as their second factor.

    Attributes:
        code: of the app, or a recovery code.
        credential: what an authenticator answered (``AuthenticationResponseJSON``).
        challenge: of the login that it completes; a passkey may answer that one, too.
    """

    method: FactorMethod
    code: str = ""
    credential: JsonObject | None = None
    challenge: str | None = None
