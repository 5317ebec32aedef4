"""What a schema of the document accepts, the server accepts, and what it refuses is refused."""

from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from kith.contacts.details.schemas import AddressWrite, UrlWrite
from kith.contacts.schemas import BulkAction, ContactCreate, ContactUpdate, EmailWrite, PhoneWrite
from kith.schema_base import RequestModel
from tests.contract import openapi

NAMED = {"first_name": "Ada"}
ACCEPTED: list[tuple[type[RequestModel], dict[str, Any]]] = [
    (ContactCreate, NAMED),
    (ContactCreate, {"last_name": "Lovelace", "first_name": None}),
    (ContactCreate, {"first_name": " ", "last_name": "Lovelace"}),
    (ContactCreate, {**NAMED, "email": "ada@example.com", "phones": []}),
    (ContactCreate, {**NAMED, "emails": [], "phone": "123"}),
    (ContactCreate, {**NAMED, "birthday": "1815-12-10"}),
    (ContactCreate, {**NAMED, "birthday": "--02-29"}),
    (ContactUpdate, {}),
    (ContactUpdate, {"first_name": None, "phones": None}),
    (BulkAction, {"action": "tag", "ids": [1], "tag": "family"}),
    (BulkAction, {"action": "untag", "ids": [1], "tag": "family"}),
    (BulkAction, {"action": "delete", "ids": [1]}),
    (BulkAction, {"action": "restore", "ids": [1], "tag": None}),
    (PhoneWrite, {"number": "067 123 45 67"}),
    (PhoneWrite, {"number": "call ١٢٣"}),
    (EmailWrite, {"address": "ada@example.com", "label": None}),
    (AddressWrite, {"city": "Lviv", "label": "home"}),
    (UrlWrite, {"url": "https://example.com/ada"}),
    (UrlWrite, {"url": "example.com/ada"}),
    (UrlWrite, {"url": "mailto:ada@example.com"}),
]
REFUSED: list[tuple[type[RequestModel], dict[str, Any]]] = [
    (ContactCreate, {}),
    (ContactCreate, {"first_name": None, "last_name": None}),
    (ContactCreate, {"first_name": " ", "last_name": ""}),
    (ContactCreate, {**NAMED, "email": "ada@example.com", "emails": []}),
    (ContactCreate, {**NAMED, "phone": None, "phones": None}),
    (ContactCreate, {**NAMED, "birthday": "1815-13-10"}),
    (ContactCreate, {**NAMED, "birthday": "1815-11-31"}),
    (ContactCreate, {**NAMED, "birthday": "10.12.1815"}),
    (ContactCreate, {**NAMED, "birthday": "0000-01-01"}),
    (ContactCreate, {**NAMED, "tags": [" "]}),
    (ContactCreate, {**NAMED, "nick": "Ada"}),
    (ContactUpdate, {"email": None, "emails": []}),
    (BulkAction, {"action": "tag", "ids": [1]}),
    (BulkAction, {"action": "untag", "ids": [1], "tag": None}),
    (BulkAction, {"action": "delete", "ids": [1], "tag": "family"}),
    (BulkAction, {"action": "restore", "ids": []}),
    (PhoneWrite, {"number": "12"}),
    (PhoneWrite, {"number": "1\n23"}),
    (EmailWrite, {"address": "nobody"}),
    (AddressWrite, {"label": "home"}),
    (AddressWrite, {"city": " ", "street": None}),
    (UrlWrite, {"url": "example"}),
    (UrlWrite, {"url": "https://example.com/a b"}),
]


def by_the_document(model: type[RequestModel], body: dict[str, Any]) -> bool:
    document = openapi()
    schema = {
        **document["components"]["schemas"][model.__name__],
        "components": document["components"],
    }
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return bool(jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(body))


def by_the_server(model: type[RequestModel], body: dict[str, Any]) -> bool:
    try:
        TypeAdapter(model).validate_python(body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("model", "body"), ACCEPTED)
def test_what_the_document_accepts_is_accepted(
    model: type[RequestModel], body: dict[str, Any]
) -> None:
    assert by_the_document(model, body)
    assert by_the_server(model, body)


@pytest.mark.parametrize(("model", "body"), REFUSED)
def test_what_the_server_refuses_the_document_refuses(
    model: type[RequestModel], body: dict[str, Any]
) -> None:
    assert not by_the_server(model, body)
    assert not by_the_document(model, body)
