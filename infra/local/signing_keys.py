"""The secrets of the auth function, made once for this directory.

Deployed, an operator makes them (`infra.keys`) and Secrets Manager keeps them; here a private file
does, so that sessions and passwords survive a restart, and moto's Secrets Manager gets a copy.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from infra.keys import WrongStep, create_secret, public_jwks
from infra.local.configuration import StartupError
from infra.local.servers.process import write_private


@dataclass(frozen=True)
class LocalKeys:
    """`secret` is what Secrets Manager holds, `public` what the authorizer is given (a JWKS)."""

    secret: str
    public: str


def load_or_create(file: Path) -> LocalKeys:
    """The keys of this directory; the first time they are made.

    Raises:
        StartupError: the file holds something else.
    """
    if not file.exists():
        write_private(file, json.dumps(create_secret()))
    secret = file.read_text()
    try:
        return LocalKeys(secret, public_jwks(json.loads(secret)))
    except (WrongStep, ValueError, KeyError, TypeError) as error:
        raise StartupError(f"{file} does not hold signing keys; remove it for new ones") from error
