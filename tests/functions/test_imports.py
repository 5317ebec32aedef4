"""What a cold start imports, counted: the same on every machine, however busy it is."""

import ast
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

FUNCTIONS = Path("functions")
# Modules of other people's packages. A number goes up only with a reason in the commit.
MOST_MODULES = {
    "authorizer": 180,  # 50 of them to log that there is no Redis here
    "auth": 530,
    "contacts": 530,
    "birthdays": 530,
    "avatars": 530,
    "reminders": 5,
    "letters": 190,
    "imports": 240,
}
HTTP = ("auth", "contacts", "birthdays", "avatars")
ON_FIRST_USE = ("boto3", "cloudinary", "phonenumbers", "icalendar", "jinja2", "PIL", "bcrypt")
_COUNT = """
import json, sys
import functions.{name}.app
ours = sys.stdlib_module_names | {{"kith", "functions", "__main__"}}
print(json.dumps([name for name in sys.modules if name.partition(".")[0] not in ours]))
"""


@cache
def imported(name: str) -> frozenset[str]:
    """The modules that a fresh process has once a function is ready."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT.format(name=name)],
        check=True,
        capture_output=True,
        text=True,
        env={
            "PYTHONPATH": ".:layers/kith",
            "KITH_STAGE": "test",
            "KITH_PUBLIC_KEYS": '{"keys":[]}',
            "REDIS_URL": "redis://127.0.0.1:1",
        },
    )
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", MOST_MODULES)
def test_a_cold_start_imports_no_more_than_it_did(name: str) -> None:
    modules = imported(name)

    packages = Counter(module.partition(".")[0] for module in modules)
    assert len(modules) <= MOST_MODULES[name], packages.most_common(20)


@pytest.mark.parametrize("module", ["fastapi", "sqlalchemy", "pydantic", "boto3", "opentelemetry"])
def test_the_authorizer_starts_without(module: str) -> None:
    assert module not in imported("authorizer")


@pytest.mark.parametrize("module", [*ON_FIRST_USE, "email_validator", "pydantic.v1"])
@pytest.mark.parametrize("name", HTTP)
def test_an_http_function_starts_without_what_few_requests_need(name: str, module: str) -> None:
    assert module not in imported(name)


@pytest.mark.parametrize("file", sorted(FUNCTIONS.glob("*/app.py")), ids=lambda file: file.parent)
def test_every_import_of_a_function_is_part_of_its_cold_start(file: Path) -> None:
    """But for `migrate`, which nobody waits for."""
    if file.parent.name == "migrate":
        return
    first_level = [
        node.module
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module
    ]

    assert [module for module in first_level if module.startswith("kith")] == ["kith.cold_start"]
