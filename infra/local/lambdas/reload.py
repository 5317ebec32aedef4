"""New code is served at once: who saves a file gets fresh workers of the functions it belongs to.

A file in a function's folder concerns that function, a file in a layer every function that has the
layer. A worker that is in the middle of a request finishes it first.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import DefaultFilter, awatch

from infra.local.lambdas.functions import Functions
from infra.local.stack.model import Function, Stack


async def watch(stack: Stack, functions: Functions, *, say: Callable[[str], None] = print) -> None:
    """Watches the folders of all functions and layers until it is cancelled."""
    folders = {folder for each in stack.functions.values() for folder in _folders(each)}
    watched = awatch(*sorted(folders), watch_filter=DefaultFilter(), recursive=True)
    async for changes in watched:
        touched = concerned(stack.functions.values(), [Path(path) for _, path in changes])
        if touched:
            say(f"reload: {', '.join(touched)}")
            await functions.reload(touched)


def concerned(functions: Iterable[Function], paths: Iterable[Path]) -> list[str]:
    """The functions, by logical id, that a change of these files touches."""
    changed = list(paths)
    return [
        function.logical_id
        for function in functions
        if any(path.is_relative_to(folder) for folder in _folders(function) for path in changed)
    ]


def _folders(function: Function) -> tuple[Path, ...]:
    return (function.folder, *function.layers)
