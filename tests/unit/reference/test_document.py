"""One document over all doors: whole, valid, and honest about refusals."""

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from kith.reference.document import all_routes, document

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


def operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_it_is_a_valid_document(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"] == "3.1.0"
    validate(openapi)


def test_every_operation_has_a_name_of_its_own_chosen_by_hand(openapi: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(openapi)]

    assert len(names) == len(set(names))
    assert not [name for name in names if "_api_" in name or name.endswith(tuple(METHODS))]


def test_every_operation_says_what_it_does(openapi: dict[str, Any]) -> None:
    assert not [
        path for _, path, operation in operations(openapi) if not operation.get("description")
    ]


def test_every_shape_has_an_example(openapi: dict[str, Any]) -> None:
    sent_or_shown = {
        name for _, _, operation in operations(openapi) for name in _shapes_at_the_top(operation)
    }

    shapes = openapi["components"]["schemas"]
    assert not [name for name in sorted(sent_or_shown) if not _has_example(shapes[name])]


def _has_example(shape: dict[str, Any]) -> bool:
    """Of the whole, or, where FastAPI makes the shape of a form, of its fields."""
    return bool(shape.get("examples")) or shape["title"].startswith("Body_")


def _shapes_at_the_top(operation: dict[str, Any]) -> list[str]:
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [answer.get("content", {}) for answer in operation["responses"].values()]
    return [
        kind["schema"]["$ref"].rpartition("/")[2]
        for content in contents
        for kind in content.values()
        if "$ref" in kind.get("schema", {})
    ]


def test_every_refusal_is_a_problem(openapi: dict[str, Any]) -> None:
    for method, path, operation in operations(openapi):
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")) and "text/html" not in answer.get("content", {}):
                assert "application/problem+json" in answer["content"], (method, path, status)


def test_what_needs_a_token_says_so_and_can_be_refused(openapi: dict[str, Any]) -> None:
    protected = [each for each in operations(openapi) if each[2].get("security")]

    assert protected
    for method, path, operation in protected:
        assert {"401", "403", "503"} <= set(operation["responses"]), (method, path)


def test_nothing_of_the_frameworks_own_errors_is_left(openapi: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in json.dumps(openapi)


def test_routes_that_are_not_told_are_only_those_that_show_the_document_and_pages() -> None:
    hidden = {route.path for route in all_routes() if not route.include_in_schema}

    assert hidden <= {
        "/openapi.json",
        "/docs",
        "/docs/{asset}",
        "/redoc",
        "/verify-email",
        "/reset-password",
        "/undo-email-change",
        "/unsubscribe/{token}",
    }
