"""The template against the code: what the gateway sends to a door is what the door answers."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from infra.local.stack.model import Stack
from kith.http import application
from kith.settings import Settings

ROOT = Path(__file__).parents[2]
# A path parameter of API Gateway is a whole segment; the door takes the ending off.
WHOLE_SEGMENTS = {"GET /feeds/{token}.ics": "GET /feeds/{feed}"}
HTTP_DOORS = ("Auth", "Contacts", "Birthdays", "Avatars")


def routes_of(door: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a door serves, as `METHOD /path`, read off as it hands its routers over."""
    handed: list[APIRouter] = []
    monkeypatch.setattr(application, "serve", lambda *routers: handed.extend(routers))
    file = ROOT / "functions" / door.lower() / "app.py"
    spec = importlib.util.spec_from_file_location(f"door_{door.lower()}", file)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return {
        f"{method} {route.path}"
        for router in handed
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


@pytest.mark.parametrize("door", HTTP_DOORS)
def test_the_gateway_knows_every_route_of_a_door_and_no_other(
    door: str, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {route.key for route in stack.api.routes if route.function == f"{door}Function"}

    served = {WHOLE_SEGMENTS.get(route, route) for route in routes_of(door, monkeypatch)}
    assert sent == served


def test_every_variable_that_the_template_gives_is_read(functions: dict[str, Any]) -> None:
    known = {each.metadata["variable"] for each in Settings.__dataclass_fields__.values()}
    for name, properties in functions.items():
        given = set(properties.get("Environment", {}).get("Variables", {}))
        assert given <= known, name


# What each door cannot do without, beyond what all functions are given.
NEEDED = {
    "AuthorizerFunction": {"KITH_PUBLIC_KEYS"},
    "AuthFunction": {
        "KITH_PUBLIC_KEYS",
        "KITH_SECRET_ID",
        "KITH_LETTERS_QUEUE_URL",
        "KITH_BREACHED_PASSWORDS_URL",
        "KITH_SIGNUP",
    },
    "ContactsFunction": {"KITH_IMPORTS_BUCKET", "KITH_IMPORTS_QUEUE_URL"},
    "ImportsFunction": {"KITH_IMPORTS_BUCKET", "KITH_IMPORTS_QUEUE_URL"},
    "BirthdaysFunction": set(),
    "AvatarsFunction": {"CLOUDINARY_URL"},
    "RemindersFunction": {
        "KITH_LETTERS_QUEUE_URL",
        "KITH_REMINDERS_QUEUE_URL",
        "KITH_PLANNER_QUEUE_URL",
        "KITH_IMPORTS_QUEUE_URL",
        "CLOUDINARY_URL",
    },
    "LettersFunction": {
        "KITH_LETTERS_QUEUE_URL",
        "KITH_REMINDERS_QUEUE_URL",
        "KITH_REMINDERS_PER_SECOND",
        "KITH_REMINDERS_WORKERS",
        "KITH_MAIL_FROM",
        "KITH_MAIL_ACCOUNTS_SET",
        "KITH_MAIL_REMINDERS_SET",
    },
    "OperatorFunction": {"KITH_LETTERS_QUEUE_URL"},
    "MigrateFunction": {"DATABASE_URL"},
}


@pytest.mark.parametrize("function", NEEDED)
def test_a_function_is_given_what_it_needs_and_no_secret_of_another(
    function: str, functions: dict[str, Any]
) -> None:
    given = set(functions[function].get("Environment", {}).get("Variables", {}))

    assert given == NEEDED[function]
