"""Values of the second factors that are no rows."""

from dataclasses import dataclass
from typing import Literal

FactorKind = Literal["totp"]
FactorMethod = Literal["totp", "recovery"]


@dataclass(frozen=True, slots=True)
class FactorProof:
    """What somebody shows as their second factor."""

    method: FactorMethod
    code: str
