"""Conditional requests: the headers that name entity tags."""

from typing import Annotated

from fastapi import Header

IfMatchHeader = Annotated[str | None, Header(alias="If-Match", max_length=200)]
