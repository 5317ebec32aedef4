"""One object per process, and something else in its place for a while."""

import pytest

from kith.singleton import singleton


@singleton
def thing() -> object:
    """The thing of this process."""
    return object()


def test_the_factory_is_asked_once_and_keeps_its_docstring() -> None:
    assert thing() is thing()
    assert thing.__doc__ == "The thing of this process."


def test_an_override_holds_until_its_block_ends_however_it_ends() -> None:
    made, mine, other = thing(), object(), object()

    with pytest.raises(LookupError), thing.override(mine), thing.override(other) as held:
        assert thing() is held is other
        raise LookupError

    assert thing() is made
