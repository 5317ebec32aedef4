import pytest

from kith.errors import PreconditionFailed
from kith.etags import etag_of, require_match


@pytest.mark.parametrize("if_match", [None, "*", '"3"', '"1", "3"'])
def test_the_version_that_was_read_may_be_changed(if_match: str | None) -> None:
    require_match(if_match, 3)


@pytest.mark.parametrize("if_match", ['"2"', "3", 'W/"3"', ""])
def test_any_other_version_may_not_and_the_one_that_holds_is_told(if_match: str) -> None:
    with pytest.raises(PreconditionFailed) as refused:
        require_match(if_match, 3)

    assert refused.value.etag == etag_of(3)
