"""The base of every request and answer, and the kinds of text that they are made of.

Strict: no number turns into a date, no ``"1"`` into an integer. What a request may not hold is
refused by name, so that a typing mistake is never silently dropped.
"""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

_LINE_BREAKS: Final = "\n\r\t"


class RequestModel(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ResponseModel(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def example(**members: JsonValue) -> ConfigDict:
    """The configuration of a shape that shows one example in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [members]})


def _without_controls(text: str) -> str:
    if any(unicodedata.category(each) in {"Cc", "Cs"} for each in text):
        raise ValueError("must not contain control characters")
    return text


def _with_line_breaks_only(text: str) -> str:
    _without_controls("".join(each for each in text if each not in _LINE_BREAKS))
    return text


# One line of text: no control characters, outer blanks removed.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_without_controls),
]
# Several lines of text.
Text = Annotated[str, Field(max_length=10_000), AfterValidator(_with_line_breaks_only)]
