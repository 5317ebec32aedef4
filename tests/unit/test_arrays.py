"""Arrays for PostgreSQL: every text in quotes, whatever it looks like."""

import pytest

from kith.database.arrays import array_literal


@pytest.mark.parametrize(
    ("items", "literal"),
    [
        ([], "{}"),
        (["null", "NULL", ""], '{"null","NULL",""}'),
        (['a"b\\c', "{}", "a,b"], '{"a\\"b\\\\c","{}","a,b"}'),
        ([None, 7, True, [1, "x"]], '{NULL,7,true,{1,"x"}}'),
    ],
)
def test_a_text_is_never_taken_for_null(items: list[object], literal: str) -> None:
    assert array_literal(items) == literal
