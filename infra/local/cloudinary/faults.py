"""Faults that a test injects."""

from dataclasses import asdict, dataclass, fields
from typing import Any, get_type_hints


@dataclass(frozen=True)
class Faults:
    """Faults of the upload and Admin API; delivery goes on.

    ``slow_seconds`` delays each answer, ``fail`` is the status of each answer, ``nonsense`` answers
    a page of HTML, ``hang`` does not answer, ``foreign_url`` names another host, ``http_url`` names
    an address without TLS, ``wrong_signature`` answers with a signature that we did not make.
    """

    slow_seconds: float = 0.0
    fail: int = 0
    nonsense: bool = False
    hang: bool = False
    foreign_url: bool = False
    http_url: bool = False
    wrong_signature: bool = False

    @classmethod
    def read(cls, given: Any) -> "Faults":
        """Raises TypeError or ValueError when it is not an object of the fields above."""
        if not isinstance(given, dict):
            raise TypeError("an object is wanted")
        kinds = get_type_hints(cls)
        known = {each.name for each in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"unknown: {name}; known: {', '.join(sorted(known))}")
            accepted = (int, float) if kinds[name] is float else kinds[name]
            if not isinstance(value, accepted):
                raise TypeError(f"{name} wants {kinds[name].__name__}")
        return cls(**given)

    def shown(self) -> dict[str, Any]:
        return asdict(self)
