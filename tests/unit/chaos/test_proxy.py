"""COMMIT is recognised in the bytes of both protocols, and bytes change one at a time."""

from random import Random

import pytest

from tests.chaos.proxy import COMMIT, mutated


@pytest.mark.parametrize(
    ("sent", "commits"),
    [
        (b"Q\x00\x00\x00\x0bcommit\x00", True),
        (b"Q\x00\x00\x00\x0bCOMMIT\x00", True),
        (b"P\x00\x00\x00\x0e\x00COMMIT\x00\x00\x00D\x00\x00\x00\x06S\x00", True),
        (b"P\x00\x00\x00\x10s1\x00commit\x00\x00\x00", True),
        (b"Q\x00\x00\x00\x0drollback\x00", False),
        (b"B\x00\x00\x00\x20\x00\x00\x00\x00\x00\x01\x00\x00\x00\x06commit\x00\x00", False),
        (b"P\x00\x00\x00\x20\x00SELECT 'commit'\x00\x00\x00", False),
    ],
)
def test_a_commit_is_known_by_its_bytes(sent: bytes, commits: bool) -> None:
    assert (COMMIT.search(sent) is not None) is commits


def test_a_mutation_changes_one_byte() -> None:
    original = bytes(range(64))

    received = mutated(original, Random(1))

    assert len(received) == len(original)
    assert sum(a != b for a, b in zip(original, received, strict=True)) == 1
