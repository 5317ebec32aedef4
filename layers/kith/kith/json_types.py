"""The type of JSON at the edges: what arrives from or leaves for another program."""

from typing import Any

JsonObject = dict[str, Any]
