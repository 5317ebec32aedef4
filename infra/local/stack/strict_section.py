"""One mapping of the template, read so that nothing in it is overlooked.

Whoever reads a section takes the properties that the local cloud follows and names those that mean
something only on AWS. What is left is not understood, and that is an error, never silence.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

from infra.local.stack.intrinsics import ABSENT, Located, OnlyOnAws, TemplateError, Values

T = TypeVar("T")


class Section:
    """The properties of one resource, event or block. Leave it as a context manager to check."""

    def __init__(self, name: str, node: Any, values: Values) -> None:
        if not isinstance(node, Located):
            raise TemplateError(f"{name}: a mapping is expected")
        self.name = name
        self.line = node.line
        self._node = node
        self._values = values
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        unknown = sorted(set(self._node) - self._seen)
        if kind is None and unknown:
            raise self.error(f"the local cloud does not know the property {unknown[0]}")

    def error(self, message: str) -> TemplateError:
        return TemplateError(f"line {self.line}: {self.name}: {message}")

    def aws_only(self, *names: str) -> None:
        """These are understood and make no difference here."""
        self._seen.update(names)

    def raw(self, name: str) -> Any:
        """The property as it is written, intrinsic functions and all."""
        self._seen.add(name)
        return self._node.get(name)

    def value(self, name: str, default: Any = None) -> Any:
        node = self.raw(name)
        if node is None:
            return default
        value = self.evaluated(name, node)
        return default if value is ABSENT else value

    def evaluated(self, name: str, node: Any) -> Any:
        try:
            return self._values.evaluate(node)
        except OnlyOnAws as error:
            raise self.error(f"{name} needs {error}, which exists only on AWS") from error
        except TemplateError as error:
            raise self.error(f"{name}: {error}") from error

    def text(self, name: str, default: str | None = None) -> str:
        value = self.value(name, default)
        if not isinstance(value, str):
            raise self.error(f"{name} is missing" if value is None else f"{name} is no text")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self.value(name, default)
        try:
            return float(value)
        except (TypeError, ValueError):
            raise self.error(f"{name} is no number") from None

    def whole(self, name: str, default: int | None = None) -> int:
        value = self.number(name, default)
        if value != int(value) or value < 0:
            raise self.error(f"{name} is no whole number")
        return int(value)

    def optional_whole(self, name: str) -> int | None:
        return None if self.value(name) is None else self.whole(name)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.value(name, default)
        if str(value).lower() not in {"true", "false"}:
            raise self.error(f"{name} is neither true nor false")
        return str(value).lower() == "true"

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.value(name, [])
        if not isinstance(value, list):
            raise self.error(f"{name} is no list")
        return tuple(str(item) for item in value)

    def must_be(self, name: str, expected: Iterable[str], default: str) -> str:
        value = str(self.value(name, default))
        allowed = tuple(expected)
        if value.lower() not in {word.lower() for word in allowed}:
            raise self.error(f"{name} may only be {' or '.join(allowed)} here, not {value}")
        return value

    def inner(self, name: str) -> "Section":
        """A block inside this one; an absent block is an empty one."""
        node = self.raw(name)
        if node is None:
            node = Located()
        if set(node) & {"Fn::If"} and len(node) == 1:
            node = self.evaluated(name, node)
        return Section(f"{self.name}.{name}", node, self._values)

    def items(self) -> Iterable[tuple[str, Any]]:
        self._seen.update(self._node)
        return self._node.items()

    def __contains__(self, name: str) -> bool:
        return name in self._node
