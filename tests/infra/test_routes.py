"""The gateway's routes: who is public, and that the template and the code name the same ones."""

from collections import defaultdict
from typing import Any

from infra.local.stack.model import Stack

PUBLIC = {
    "POST /api/auth/signup",
    "POST /api/auth/login",
    "POST /api/auth/login/second-factor",
    "POST /api/auth/passkeys/login/options",
    "POST /api/auth/passkeys/login",
    "POST /api/auth/token",
    "POST /api/auth/refresh",
    "POST /api/auth/verify",
    "POST /api/auth/verify/resend",
    "POST /api/auth/password/forgot",
    "POST /api/auth/password/reset",
    "GET /undo-factor",
    "POST /undo-factor",
    "GET /security",
    "GET /security.js",
    "GET /verify-email",
    "POST /verify-email",
    "GET /reset-password",
    "POST /reset-password",
    "POST /api/auth/email/undo",
    "GET /undo-email-change",
    "POST /undo-email-change",
    "GET /unsubscribe/{token}",
    "POST /unsubscribe/{token}",
    "GET /healthchecker",
    "GET /api/healthchecker",
    "GET /api/readiness",
    "GET /.well-known/jwks.json",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/{asset}",
    "GET /redoc",
    "GET /feeds/{feed}",
    "GET /api/users/{user_id}/initials.svg",
}


def test_these_routes_are_public_and_no_others(stack: Stack) -> None:
    assert {route.key for route in stack.api.routes if route.authorizer is None} == PUBLIC


def test_no_path_of_a_function_is_both_public_and_protected(stack: Stack) -> None:
    """`sam local` would pick one of the two at random."""
    guarded: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for route in stack.api.routes:
        guarded[route.function, route.path].add(route.authorizer is not None)
    assert [path for path, kinds in guarded.items() if len(kinds) > 1] == []


def test_a_logout_counts_at_once(resources: dict[str, Any]) -> None:
    authorizer = resources["HttpApi"]["Properties"]["Auth"]["Authorizers"]["KithAuthorizer"]
    assert authorizer["Identity"]["ReauthorizeEvery"] == 0
    assert authorizer["EnableFunctionDefaultPermissions"] is True
    assert authorizer["EnableSimpleResponses"] is True


def test_there_is_no_route_for_everything(stack: Stack) -> None:
    for route in stack.api.routes:
        assert route.method not in {"ANY", "*"}
        assert "+}" not in route.path


def test_no_browser_may_send_credentials_from_anywhere(resources: dict[str, Any]) -> None:
    cors = resources["HttpApi"]["Properties"]["CorsConfiguration"]
    assert "AllowCredentials" not in cors
    assert cors["AllowOrigins"] == [{"Ref": "CorsOrigin"}]
