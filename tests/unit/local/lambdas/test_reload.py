from pathlib import Path

from infra.local.lambdas.reload import concerned
from infra.local.stack.model import Function

LAYER = Path("/kith/layers/kith")


def function(name: str, *layers: Path) -> Function:
    folder = Path("/kith/functions") / name
    return Function(
        name, name, folder, "app.handler", layers, {}, frozenset(), 3.0, 128, None, 2, None
    )


CONTACTS, AUTH, BARE = function("contacts", LAYER), function("auth", LAYER), function("bare")


def touched(*paths: str) -> list[str]:
    return concerned([CONTACTS, AUTH, BARE], map(Path, paths))


def test_a_functions_file_concerns_that_function() -> None:
    assert touched("/kith/functions/contacts/app.py") == ["contacts"]


def test_a_layers_file_concerns_every_function_that_has_the_layer() -> None:
    assert touched("/kith/layers/kith/kith/clock.py") == ["contacts", "auth"]


def test_many_files_concern_each_function_once() -> None:
    assert touched("/kith/functions/bare/a.py", "/kith/functions/bare/b.py") == ["bare"]


def test_a_file_elsewhere_concerns_nobody() -> None:
    assert touched("/kith/functions/contacts2/app.py", "/kith/README.md") == []
