"""An authenticator app: it shows the codes of a seed by the clock of the code under test."""

from typing import Any

from pyotp import TOTP

from kith import clock
from tests.auth_client import AuthClient
from tests.clients import Response


class AuthenticatorApp:
    """Set up by the answer of ``POST /api/users/me/factors/totp``."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._totp = TOTP(secret)

    @property
    def seed(self) -> bytes:
        return self._totp.byte_secret()

    def code(self, drift: int = 0) -> str:
        """The code of now, or of so many steps later."""
        return self._totp.at(clock.now(), counter_offset=drift)

    def wrong_code(self) -> str:
        """Six digits that are right at none of the steps around."""
        near = {self.code(drift) for drift in range(-5, 6)}
        return next(f"{n:06}" for n in range(20) if f"{n:06}" not in near)


def add_app(client: AuthClient) -> AuthenticatorApp:
    """An app that counts; it has used the code of one step before now up."""
    app = AuthenticatorApp(client.request("POST", "/api/users/me/factors/totp").body["secret"])
    confirmed = client.request("POST", "/api/users/me/factors/totp/confirm", {"code": app.code(-1)})
    assert confirmed.status == 200, confirmed.body
    return app


def add_recovery_codes(client: AuthClient) -> list[str]:
    made = client.request("POST", "/api/users/me/factors/recovery-codes")
    assert made.status == 201, made.body
    codes: list[str] = made.body["codes"]
    return codes


def challenge_of(client: AuthClient) -> Any:
    """The challenge of a login with the right password."""
    asked = client.log_in()
    assert (asked.status, asked.body["code"]) == (401, "second_factor_needed")
    return asked.body["challenge"]


def answer(client: AuthClient, challenge: str, method: str, **proof: Any) -> Response:
    """The second step of a login."""
    body = {"challenge": challenge, "method": method, **proof}
    return client.keep_tokens(
        client.request("POST", "/api/auth/login/second-factor", body, identity=None)
    )
