"""The users, and signing in as one of them: what nobody can do on AWS."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.console.rendering import Pages, json_response, problem, wants_page
from infra.local.console.tables import reading

if TYPE_CHECKING:
    from infra.local.cloud import Cloud

MOST_SHOWN: Final = 200
_FUNCTION: Final = "AuthFunction"  # whose environment signs tokens
_USERS: Final = """
SELECT id, email, username, verified_at IS NOT NULL, time_zone, contacts_living, created_at
FROM users ORDER BY created_at DESC, id LIMIT :most
"""
_NAMES: Final = ("id", "email", "username", "verified", "time_zone", "contacts", "created_at")


class UserRoutes:
    def __init__(self, cloud: "Cloud", pages: Pages) -> None:
        self._cloud = cloud
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/_local/users", self.users, methods=["GET"]),
            Route("/_local/users/{user_id}/sign-in", self.sign_in, methods=["POST"]),
        ]

    async def users(self, request: Request) -> Response:
        """The newest users."""
        users = await asyncio.to_thread(_users, self._cloud.database_url)
        if wants_page(request):
            return self._pages.render("users.html", users=users)
        return json_response({"items": users})

    async def sign_in(self, request: Request) -> Response:
        """A session of this user's, without a password: its tokens."""
        user_id = _uuid(request.path_params["user_id"])
        environment = self._cloud.functions.environment_of(_FUNCTION)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.local.impersonation", str(user_id)),
            env={**environment, "PYTHONPATH": f"{self._root}:{environment['PYTHONPATH']}"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode:
            reason = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
            return problem(404 if process.returncode == 1 else 503, reason, "sign_in_failed")
        tokens = json.loads(output)
        if wants_page(request):
            return self._pages.render("signed_in.html", tokens=tokens)
        return json_response(tokens)

    @property
    def _root(self) -> str:
        return str(self._cloud.configuration.root)


def _users(url: str) -> list[dict[str, object]]:
    with reading(url) as database:
        rows = database.execute(text(_USERS), {"most": MOST_SHOWN}).all()
    return [dict(zip(_NAMES, map(_plain, row), strict=True)) for row in rows]


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | None) else str(value)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404) from None
