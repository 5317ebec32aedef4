"""Arrays as PostgreSQL reads them (PostgreSQL, 8.15.6), whatever their texts are.

The driver leaves a text without quotes where it sees no need of them, and ``null`` in any case is
then no text but SQL's null.
"""

from pg8000.converters import array_out


def array_literal(items: list[object]) -> str:
    """A list as an array literal, with every text in quotes."""
    return "{" + ",".join(map(_element, items)) + "}"


def _element(item: object) -> str:
    if isinstance(item, str):
        escaped = item.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return array_literal(item) if isinstance(item, list) else str(array_out(item))
