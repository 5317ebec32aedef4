"""Singletons: one object per process, made when it is first asked for, that can be overridden."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, update_wrapper
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


class singleton(Generic[_Made]):  # noqa: N801 - a decorator
    """Decorator: a factory without arguments is called once, whoever asks gets what it made."""

    def __init__(self, make: Callable[[], _Made]) -> None:
        self.make = make
        self._made = cache(make)
        self._overrides: list[_Made] = []
        update_wrapper(self, make)

    def __call__(self) -> _Made:
        return self._overrides[-1] if self._overrides else self._made()

    @contextmanager
    def override(self, other: _Made) -> Iterator[_Made]:
        """Context: everybody gets ``other`` instead, such as a test's own database."""
        self._overrides.append(other)
        try:
            yield other
        finally:
            self._overrides.remove(other)
