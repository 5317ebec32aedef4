"""A small API in memory that keeps every promise but the one that a test takes from it."""

import base64
import json
from itertools import count
from typing import Any, Final

import httpx

from tests.chaos.client import Account

OPENAPI: Final[dict[str, Any]] = {
    "paths": {
        "/api/contacts": {"get": {"responses": {"200": {}}}, "post": {"responses": {"201": {}}}},
        "/api/contacts/trash": {"get": {"responses": {"200": {}}}},
        "/api/contacts/{contact_id}": {
            "get": {"responses": {"200": {}, "404": {}}},
            "patch": {"responses": {"200": {}, "404": {}}},
            "delete": {"responses": {"204": {}, "404": {}}},
        },
        "/api/users/me": {"get": {"responses": {"200": {}, "401": {}}}},
        "/api/auth/login": {"post": {"responses": {"200": {}}}},
        "/api/auth/logout": {"post": {"responses": {"204": {}}}},
        "/api/auth/refresh": {"post": {"responses": {"200": {}, "401": {}}}},
    }
}


class FakeApi:
    """One user's address book; `flaws` names the promises that are broken."""

    def __init__(self, account: Account, *flaws: str) -> None:
        self.account = account
        self.flaws = set(flaws)
        self.rows: dict[int, dict[str, Any]] = {}
        self.trash: dict[int, dict[str, Any]] = {}
        self.ended: set[str] = set()
        self._ids, self._tokens = count(1), count(1)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, method = request.url.path, request.method
        if path.startswith("/api/auth/"):
            return self._auth(request)
        if request.headers["authorization"] in self.ended and "revived session" not in self.flaws:
            return problem(401, "session_revoked")
        if path == "/api/users/me":
            return httpx.Response(200, json={"etag": '"1"', "username": None})
        if path == "/api/contacts/trash":
            return page(self.trash)
        if path == "/api/contacts":
            return self._create(request) if method == "POST" else page(self.rows)
        return self._one(method, int(path.rpartition("/")[2]), request)

    def _auth(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("logout"):
            self.ended.add(request.headers["authorization"])
            return httpx.Response(204)
        if request.url.path.endswith("refresh") and self.ended:
            return problem(401, "refresh_token_invalid")
        subject = "somebody else" if "foreign tokens" in self.flaws else self.account.id
        claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode()
        number = next(self._tokens)
        refresh = f"r{number}" if "two successors" in self.flaws else "r"
        pair = {"access_token": f"{number}.{claims}.", "refresh_token": refresh}
        return httpx.Response(200, json=pair)

    def _create(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        row = stored(next(self._ids), sent)
        if "foreign" in self.flaws:
            row["notes"] = "owner-bbbbbbbbbbbb"
        if "lost" not in self.flaws:
            self.rows[row["id"]] = row
        if "twice" in self.flaws:
            self.rows[next(self._ids)] = stored(row["id"] + 1, sent)
        status = 202 if "undocumented" in self.flaws else 201
        return httpx.Response(status, json=row)

    def _one(self, method: str, contact_id: int, request: httpx.Request) -> httpx.Response:
        row = self.rows.get(contact_id)
        if row is None:
            return problem(404, "contact_not_found")
        if method == "DELETE":
            self.trash[contact_id] = row | {"etag": '"2"'}
            if "revived" not in self.flaws:
                del self.rows[contact_id]
            return httpx.Response(204)
        if method == "PATCH":
            changed = row | json.loads(request.content) | {"etag": '"2"'}
            if "lost update" not in self.flaws:
                self.rows[contact_id] = changed
            return httpx.Response(200, json=changed)
        return httpx.Response(200, json=row)


def stored(contact_id: int, sent: dict[str, Any]) -> dict[str, Any]:
    phones = [{"id": n, "number": each["number"]} for n, each in enumerate(sent["phones"], 1)]
    return sent | {"id": contact_id, "etag": '"1"', "phones": phones}


def page(rows: dict[int, dict[str, Any]]) -> httpx.Response:
    return httpx.Response(200, json={"items": list(rows.values()), "next_cursor": None})


def problem(status: int, code: str) -> httpx.Response:
    body = {"type": "about:blank", "title": "", "status": status, "detail": "", "code": code}
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, json=body | {"instance": "1"}, headers=headers)
