"""Kinds of relations, and what the other one is to the first."""

from typing import Final

_INVERSE: Final = {
    **dict.fromkeys(("parent", "mother", "father", "mom", "dad"), "child"),
    **dict.fromkeys(("child", "son", "daughter"), "parent"),
    **dict.fromkeys(("brother", "sister"), "sibling"),
    **dict.fromkeys(("husband", "wife"), "spouse"),
    **dict.fromkeys(("grandparent", "grandmother", "grandfather"), "grandchild"),
    **dict.fromkeys(("grandchild", "grandson", "granddaughter"), "grandparent"),
    "manager": "employee",
    "employee": "manager",
    "assistant": "manager",
}


def inverse_kind(kind: str) -> str:
    """``child`` of ``parent``; a word that has no inverse here is its own."""
    return _INVERSE.get(kind.lower(), kind)


def are_inverse(kind: str, other: str) -> bool:
    """Whether two people can be this to each other: ``mother`` and ``daughter``, for one."""
    return inverse_kind(kind.lower()) == inverse_kind(inverse_kind(other.lower()))
