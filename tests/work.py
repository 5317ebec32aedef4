"""How much work a call does: counted, never timed.

Modules under test are imported anew with a counter in their source: at each call, each turn of a
loop, and for each element that a sequence compares (``in``), copies or builds (``+``, slices,
displays, f-strings, what calls return). So one call that walks or copies a long list counts for
what it is. Calls of other modules are counted by the profiler.
"""

import ast
import builtins
import importlib
import importlib.machinery
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType
from typing import Any, Final

_MOST_GROWTH: Final = 2.3  # of the second step over the first, when each doubles: linear is 2
_SIZED: Final = (str, bytes, list, tuple, dict, set, frozenset)
_WALKED: Final = (str, bytes, list, tuple)


def assert_linear(make: Callable[[int], Callable[[], object]], size: int) -> None:
    """Whoever doubles the input at most doubles the work.

    Args:
        make: makes, for a size, what is measured; making it is not.
        size: the smallest of three sizes, each twice the one before.
    """
    make(size)()  # what is imported and cached at the first time is no work of the input
    small, middle, large = (work_of(make(size * times)) for times in (1, 2, 4))
    slack = large // 20
    assert large - middle <= _MOST_GROWTH * (middle - small) + slack, (small, middle, large)


def work_of(act: Callable[[], object]) -> int:
    before, calls = _counter.work, _calls(act)
    return _counter.work - before + calls


def _calls(act: Callable[[], object]) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls


class _Counter:
    """What the changed sources call."""

    def __init__(self) -> None:
        self.work = 0
        self._of_new = self._references([0])

    def _references(self, result: object) -> int:
        return sys.getrefcount(result)

    def built(self, result: Any) -> Any:
        """What a call returns counts by its size, unless somebody has it already."""
        is_new = sys.getrefcount(result) <= self._of_new
        self.work += len(result) if is_new and isinstance(result, _SIZED) else 1
        return result

    def contains(self, container: Any, item: Any) -> bool:
        self.work += len(container) if isinstance(container, _WALKED) else 1
        return item in container

    def added(self, target: Any, value: Any) -> Any:
        if isinstance(target, list):
            target += self.built(value)
            return target
        return self.built(target + value)

    def turn(self) -> None:
        self.work += 1

    def turns(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.work += 1
            yield item


_counter: Final = _Counter()


class _CountingSource(ast.NodeTransformer):
    """Wraps what costs more than one step into calls of the counter."""

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.FormattedValue):
            node.value = self.visit(node.value)  # its format is no text of its own
            return node
        return _counting(self.generic_visit(node))


def _counting(node: ast.AST) -> ast.AST:
    match node:
        case (
            ast.Call()
            | ast.ListComp()
            | ast.SetComp()
            | ast.DictComp()
            | ast.JoinedStr()
            | ast.BinOp(op=ast.Add())
            | ast.Subscript(slice=ast.Slice(), ctx=ast.Load())
        ):
            return _called("built", node)
        case ast.List(ctx=ast.Load()) | ast.Tuple(ctx=ast.Load()):
            is_copy = any(isinstance(each, ast.Starred) for each in node.elts)
            return _called("built", node) if is_copy else node
        case ast.Compare(ops=[ast.In()], left=item, comparators=[container]):
            return _called("contains", container, item)
        case ast.Compare(ops=[ast.NotIn()], left=item, comparators=[container]):
            return ast.UnaryOp(ast.Not(), _called("contains", container, item))
        case ast.AugAssign(op=ast.Add()):
            read = ast.parse(ast.unparse(node.target), mode="eval").body
            return ast.Assign([node.target], _called("added", read, node.value))
        case ast.For() | ast.comprehension():
            node.iter = _called("turns", node.iter)
        case ast.While():
            node.body.insert(0, ast.Expr(_called("turn")))
    return node


def _called(name: str, *arguments: ast.expr) -> ast.Call:
    counter = ast.Attribute(ast.Name("__work__", ast.Load()), name, ast.Load())
    return ast.Call(counter, list(arguments), [])


class _CountingLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = _CountingSource().visit(ast.parse(self.get_data(path)))
        return compile(ast.fix_missing_locations(tree), path, "exec")


class _CountingFinder:
    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = packages

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not _is_in(name, self._packages):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _CountingLoader(name, spec.origin)
        return spec


def _is_in(name: str, packages: Sequence[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)


@contextmanager
def counted(*packages: str) -> Iterator[None]:
    """As long as this lasts, imports of the packages or modules give copies that count."""
    for name in packages:
        importlib.import_module(name)  # whoever uses them shall not meet the copies first
    finder = _CountingFinder(packages)
    originals = _without_modules(packages)
    builtins.__dict__["__work__"] = _counter
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _without_modules(packages)
        _restore(originals)


def _restore(modules: dict[str, ModuleType]) -> None:
    sys.modules.update(modules)
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)


def _without_modules(packages: Sequence[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if _is_in(name, packages)]
    return {name: sys.modules.pop(name) for name in names}
