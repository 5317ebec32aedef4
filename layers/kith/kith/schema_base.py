"""Base classes of request and response schemas, and their types of text.

Strict: no number turns into a date, no ``"1"`` into an integer. An unknown field of a request is an
error that names it, so that a typing mistake is never silently dropped.
"""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from pydantic.config import JsonDict

_NO_LINE_BREAKS: Final = str.maketrans("", "", "\n\r\t")


class RequestModel(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ResponseModel(BaseModel):
    """The body of a response."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def example(**members: JsonValue) -> ConfigDict:
    """The configuration of a schema with one example in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [members]})


def forbid(config: ConfigDict, *shapes: JsonDict) -> ConfigDict:
    """A configuration whose schema refuses these shapes too, as the validators of the model do."""
    extra = config["json_schema_extra"]
    assert isinstance(extra, dict)  # noqa: S101 - as `example` makes it
    return ConfigDict(json_schema_extra={**extra, "not": {"anyOf": list(shapes)}})


# A member that says nothing: left out, `null`, or blank.
SAYS_NOTHING: Final[JsonDict] = {
    "anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^\s*$"}]
}


def without_controls(text: str) -> str:
    """The text, if it has no control characters and no halves of surrogates."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise ValueError("must not contain control characters")
    return text


def _with_line_breaks_only(text: str) -> str:
    without_controls(text.translate(_NO_LINE_BREAKS))
    return text


def _without_null(schema: JsonDict) -> None:
    schema.update(schema.pop("anyOf")[0])  # type: ignore[index, arg-type] # anyOf is a list of schemas


# For a field that may be left out, which is ``None`` here, but must not be ``null``.
NOT_NULL: Final = Field(json_schema_extra=_without_null)

_LINE: Final = r"[^\u0000-\u001F\u007F-\u009F]"

# One line of text: no control characters, outer blanks removed.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    Field(json_schema_extra={"pattern": f"^{_LINE}*$"}),
    AfterValidator(without_controls),
]
# For a line that must not be blank.
NOT_BLANK: Final = {"pattern": rf"^{_LINE}*[^\s\u0000-\u001F\u007F-\u009F]{_LINE}*$"}
# Several lines of text.
Text = Annotated[
    str,
    Field(
        max_length=10_000,
        json_schema_extra={"pattern": r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$"},
    ),
    AfterValidator(_with_line_breaks_only),
]
