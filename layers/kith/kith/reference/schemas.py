"""Schemas in the OpenAPI document, made fit for generators of clients."""

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from kith.json_types import JsonObject

_NULL: Final = {"type": "null"}


def summary_of(operation: JsonObject, function: str) -> str:
    """One sentence: the route's own, or else the first one of its description.

    What FastAPI makes of the name of the ``function`` is none.
    """
    summary: str = operation.get("summary", "")
    if summary and summary != function.replace("_", " ").title():
        return summary
    first = re.split(r"\.\s|\n\n", operation.get("description", ""))[0]
    return " ".join(first.removesuffix(".").split())


def restore_examples(schemas: JsonObject, models: Iterator[type[BaseModel]]) -> None:
    """FastAPI drops every ``null`` from the document, also from examples, which need them."""
    for model in models:
        extra = model.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and "examples" in extra and model.__name__ in schemas:
            schemas[model.__name__]["examples"] = extra["examples"]


def models_below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model that is derived from one."""
    for model in base.__subclasses__():
        yield model
        yield from models_below(model)


def describe_parameter(parameter: JsonObject) -> None:
    """A parameter is left out or a text, never ``null``; what is said once is said once."""
    schema = parameter["schema"]
    choices = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(choices) == 1:
        schema = {**{key: schema[key] for key in schema if key != "anyOf"}, **choices[0]}
    for repeated in ("title", "description"):
        schema.pop(repeated, None)
    parameter["schema"] = schema


def drop_request_defaults(document: JsonObject) -> None:
    """What has a default may be left out: generators would ask for it, so it is only told."""
    for name in _names_of_requests(document):
        schema = document["components"]["schemas"][name]
        for member in schema.get("properties", {}).values():
            default = member.pop("default", None)
            if default is not None:
                told = [member.get("description", ""), f"Left out: `{_as_json(default)}`."]
                member["description"] = " ".join(filter(None, told))


def _as_json(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names_of_requests(document: JsonObject) -> set[str]:
    """The schemas that a request is made of."""
    bodies = [
        operation["requestBody"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    found: set[str] = set()
    waiting = list(references(bodies))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(document["components"]["schemas"][name])
    return found


def references(node: object) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(node, list):
        for each in node:
            yield from references(each)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for each in node.values():
            yield from references(each)
