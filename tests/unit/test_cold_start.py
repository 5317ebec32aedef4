"""Cold starts: what is switched off for the imports is on again afterwards."""

import gc
import importlib
import sys

import pytest

from kith import cold_start as module
from kith.cold_start import cold_start


@pytest.fixture
def optional(monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that is there and was not imported yet."""
    monkeypatch.setattr(module, "_OPTIONAL", ("this",))
    monkeypatch.delitem(sys.modules, "this", raising=False)
    return "this"


def test_nothing_is_collected_during_the_imports() -> None:
    with cold_start():
        during = gc.isenabled()

    assert (during, gc.isenabled()) == (False, True)


def test_an_optional_package_is_hidden_from_the_imports_only(
    optional: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with cold_start(), pytest.raises(ModuleNotFoundError):
        importlib.import_module(optional)

    assert importlib.import_module(optional).__name__ == optional


def test_a_package_that_is_imported_already_stays(
    optional: str, capsys: pytest.CaptureFixture[str]
) -> None:
    importlib.import_module(optional)

    with cold_start():
        assert importlib.import_module(optional).__name__ == optional


def test_a_failed_import_leaves_nothing_switched_off(optional: str) -> None:
    with pytest.raises(LookupError), cold_start():
        raise LookupError

    assert gc.isenabled()
    assert optional not in sys.modules
