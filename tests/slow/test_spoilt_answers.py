"""As ``tests/integration/database/test_synchronization.py``, over more ways to the database."""

from collections.abc import Callable

import pytest

from tests.postgres_proxy import ASYNCHRONOUS, FAULTS
from tests.spoilt_answers import (
    Stack,
    people,
    proxy,
    read,
    read_over_a_new_connection,
    read_without_a_cache,
    spoil_each_message,
    stack,
    write,
)

__all__ = ["people", "proxy", "stack"]


@pytest.mark.parametrize("stack", ["stock"], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", [read, write])
def test_nobody_sees_what_was_meant_for_another_over_the_stock_driver(
    stack: Stack, act: Callable[[Stack], bool], fault: str
) -> None:
    assert spoil_each_message(stack, act, FAULTS[fault])


@pytest.mark.parametrize("stack", ["stock"], indirect=True)
@pytest.mark.parametrize("fault", ASYNCHRONOUS)
@pytest.mark.parametrize("act", [read, write])
def test_what_postgresql_may_say_at_any_time_disturbs_the_stock_driver_no_more(
    stack: Stack, act: Callable[[Stack], bool], fault: str
) -> None:
    assert all(spoil_each_message(stack, act, ASYNCHRONOUS[fault]))


@pytest.mark.parametrize("stack", ["pipelined"], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", [read_over_a_new_connection, read_without_a_cache])
def test_nor_when_it_befell_a_new_connection_or_a_count(
    stack: Stack, act: Callable[[Stack], bool], fault: str
) -> None:
    assert spoil_each_message(stack, act, FAULTS[fault])
