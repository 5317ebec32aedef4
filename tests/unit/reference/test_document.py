"""One document over all functions: valid, exact about refusals, and fit for generators."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

import kith
from kith.reference.document import all_routes
from kith.reference.responses import is_error_of
from kith.reference.schemas import references
from tests.contract import openapi

METHODS = {"get", "post", "put", "patch", "delete"}
ROOT = Path(__file__).parents[3]
# Ids that somebody else gave: Cloudinary's, and those of WebAuthn.
OF_OTHERS = {
    ("UploadReceipt", "public_id"),
    ("PasskeyDescriptor", "id"),
    ("PasskeyUser", "id"),
    ("RelyingParty", "id"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def responses(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The name of the operation, the status, and the response itself."""
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            name = response.get("$ref", "").rpartition("/")[2]
            found = document["components"]["responses"][name] if name else response
            yield operation["operationId"], status, found


def media_types(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where it is, its name, and the media type object, of every body."""
    for _, _, operation in operations(document):
        for name, content in operation.get("requestBody", {}).get("content", {}).items():
            yield operation["operationId"], name, content
    for operation_id, status, response in responses(document):
        for name, content in response.get("content", {}).items():
            yield f"{operation_id} {status}", name, content


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema with a type below a node."""
    if isinstance(node, list):
        for each in node:
            yield from schemas(each)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node
        for key, each in node.items():
            if key not in {"example", "examples", "const", "enum", "default", "not"}:
                yield from schemas(each)


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    whole = {**schema, "components": document["components"]}
    return jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def test_it_is_a_valid_document(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_it_has_a_licence_a_contact_and_the_version_of_the_package(
    document: dict[str, Any],
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert document["info"]["version"] == kith.__version__ == project["version"]
    assert document["info"]["license"]["identifier"] == "MIT"
    assert document["info"]["contact"]["url"]
    assert document["servers"][0]["url"]


def test_every_operation_has_a_name_of_its_own_chosen_by_hand(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(names) == len(set(names))
    assert not [name for name in names if "_api_" in name or name.endswith(tuple(METHODS))]
    assert all(re.fullmatch("[a-z0-9_]+", name) for name in names)


def test_every_operation_has_a_sentence_a_description_and_a_known_tag(
    document: dict[str, Any],
) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for _, path, operation in operations(document):
        summary = operation["summary"]
        assert summary[0].isupper(), path
        assert len(summary) <= 120, path
        assert not summary.istitle() or len(summary.split()) < 3, path
        assert operation["description"], path
        assert {*operation["tags"]} <= tags, path


def test_every_path_declares_its_parameters_and_no_others(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert named == set(re.findall(r"{([^}]+)}", path)), path
    paths = [re.sub(r"{[^}]+}", "{}", path) for path in document["paths"]]
    assert len(paths) == len(set(paths))
    assert not [path for path in paths if path.endswith("/") or "?" in path]


def test_every_reference_leads_somewhere_and_nothing_is_unused(document: dict[str, Any]) -> None:
    used = set(references(document))
    for kind, components in document["components"].items():
        if kind != "securitySchemes":
            assert set(components) <= used, kind
    assert used <= {name for kind in document["components"].values() for name in kind}


def test_every_operation_says_whether_it_needs_a_token(document: dict[str, Any]) -> None:
    known = set(document["components"]["securitySchemes"])
    for method, path, operation in operations(document):
        assert {name for each in operation["security"] for name in each} <= known
        assert ("401" in operation["responses"]) >= bool(operation["security"]), (method, path)


def test_every_operation_has_a_success_and_a_refusal(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        statuses = set(operation["responses"])
        assert any(each.startswith("2") for each in statuses), (method, path)
        assert {"400", "503"} <= statuses, (method, path)
        assert statuses <= {
            *("200", "201", "202", "204", "304", "400", "401", "403", "404", "409", "410"),
            *("412", "413", "415", "422", "429", "431", "503"),
        }, (method, path)


def test_every_body_has_a_schema_and_an_example(document: dict[str, Any]) -> None:
    for where, name, content in media_types(document):
        schema = content["schema"]
        assert schema, where
        if name.startswith("text/") or name in {"application/json", "application/problem+json"}:
            assert _has_example(document, content) or schema == {"type": "object"}, where


def _has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    schema = content["schema"]
    target = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    return bool(
        content.get("examples")
        or content.get("example")
        or target.get("examples")
        or schema.get("type") in {"string", "object"}
    )


def test_examples_of_bodies_obey_their_schemas(document: dict[str, Any]) -> None:
    for _, _, content in media_types(document):
        check = validator(document, content["schema"])
        for example in content.get("examples", {}).values():
            check.validate(example["value"])
        if "example" in content:
            check.validate(content["example"])


def test_examples_of_schemas_and_parameters_obey_them(document: dict[str, Any]) -> None:
    parameters = [each for *_, operation in operations(document) for each in _schemas_of(operation)]
    described = [
        each
        for schema in document["components"]["schemas"].values()
        for each in (schema, *schema.get("properties", {}).values())
    ]

    for schema in parameters + described:
        for example in schema.get("examples", ()):
            validator(document, schema).validate(example)


def _schemas_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["schema"] for each in operation.get("parameters", ())]


def test_every_refusal_is_a_problem_of_its_status_with_its_codes(
    document: dict[str, Any],
) -> None:
    for operation_id, status, response in responses(document):
        if status < "400":
            continue
        content = response["content"]
        if "application/problem+json" not in content:
            assert set(content) <= {"application/json", "text/html"}, (operation_id, status)
            continue
        for code, example in content["application/problem+json"]["examples"].items():
            problem = example["value"]
            assert (problem["status"], problem["code"]) == (int(status), code)
            assert is_error_of(code, int(status)), (
                f"{operation_id}: no error that is loaded is {status} {code}; "
                "a module that its router imports late belongs into _LAZY_ERRORS"
            )


def test_what_needs_a_token_can_be_refused(document: dict[str, Any]) -> None:
    protected = [each for each in operations(document) if each[2]["security"]]

    assert protected
    for method, path, operation in protected:
        assert {"401", "403", "503"} <= set(operation["responses"]), (method, path)


def test_headers_are_documented_where_they_are_sent(document: dict[str, Any]) -> None:
    for operation_id, status, response in responses(document):
        headers = set(response.get("headers", ()))
        by_us = any("json" in kind or "html" in kind for kind in response.get("content", {}))
        if status in {"429", "503"}:
            assert "Retry-After" in headers, (operation_id, status)
        if status == "401":
            assert "WWW-Authenticate" in headers, operation_id
        if status == "201":
            assert "Location" in headers, operation_id
        if status < "400" and by_us:
            assert "X-Request-Id" in headers, (operation_id, status)


def test_every_number_has_bounds_and_every_text_of_a_request_an_end(
    document: dict[str, Any],
) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            for schema in schemas(parameter["schema"]):
                _require_bounds(schema, f"{path} {parameter['name']}")
        for name in _requested(document, operation):
            for schema in schemas(document["components"]["schemas"][name]):
                _require_bounds(schema, f"{path} {name}")


def _require_bounds(schema: dict[str, Any], where: str) -> None:
    if schema["type"] == "integer":
        assert "minimum" in schema, where
    if schema["type"] == "string":
        assert {"maxLength", "enum", "const", "pattern", "format"} & set(schema), where
    if schema["type"] == "array":
        assert "maxItems" in schema, where


def _requested(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = list(references(operation.get("requestBody", {})))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(document["components"]["schemas"][name])
    return found - {"JsonValue"}


def test_ids_are_integers_or_uuids_everywhere(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            name, schema = parameter["name"], parameter["schema"]
            if name == "id" or name.endswith("_id"):
                assert schema["type"] == "integer" or schema.get("format") == "uuid", (path, name)
    for name, schema in document["components"]["schemas"].items():
        for member, described in schema.get("properties", {}).items():
            if member == "id" or member.endswith("_id"):
                assert _is_id(described) or (name, member) in OF_OTHERS, (name, member)


def _is_id(schema: dict[str, Any]) -> bool:
    kinds = [schema, *schema.get("anyOf", ())]
    return any(each.get("type") == "integer" or each.get("format") == "uuid" for each in kinds)


def test_no_parameter_can_be_null(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            kinds = [each.get("type") for each in schemas(parameter["schema"])]
            assert "null" not in kinds, (path, parameter["name"])


def test_what_may_be_left_out_has_no_default_that_a_generator_asks_for(
    document: dict[str, Any],
) -> None:
    for _, path, operation in operations(document):
        for name in _requested(document, operation):
            schema = document["components"]["schemas"][name]
            assert not [
                member for member, each in schema.get("properties", {}).items() if "default" in each
            ], (path, name)


def test_a_patch_is_also_taken_as_a_merge_patch(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if method == "patch" and "application/json" in content:
            assert "application/merge-patch+json" in content, path


def test_nothing_of_the_frameworks_own_errors_is_left(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)
    assert "x-codes" not in str(document)


def test_routes_that_are_not_documented_are_only_those_of_the_document_itself() -> None:
    hidden = {route.path for route in all_routes() if not route.include_in_schema}
    hidden -= {"/api/contacts/"}  # another spelling of one that is

    assert hidden <= {"/openapi.json", "/docs", "/docs/{asset}", "/redoc", "/security.js"}
