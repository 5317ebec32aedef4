"""What changes nothing leaves the version as it is, and what does not look like a change is one."""

from typing import Any

import pytest

from tests.clients import Client

FULL: dict[str, Any] = {
    "first_name": "Іван",
    "emails": [{"address": "ivan@example.com", "label": "home"}],
    "phones": [{"number": "067 123 45 67", "label": "mobile"}],
    "birthday": "1990-05-17",
    "tags": ["Поет"],
    "lead_days": [7, 0],
    "notes": "A note.",
    "extra": {"b": 1, "a": [True, None]},
}


@pytest.mark.parametrize(
    "patch",
    [{}, FULL, {"tags": ["Поет"]}, {"favourite": False}, {"extra": {"nothing": None}}],
    ids=["empty", "everything", "tags", "flag", "extra"],
)
def test_a_patch_that_changes_nothing_keeps_the_etag(alice: Client, patch: Any) -> None:
    before = alice.create(**FULL)

    after = alice.request("PATCH", "/api/contacts/1", body=patch).body

    assert after == before


def test_a_tag_or_a_phone_that_is_there_already_keeps_the_etag(alice: Client) -> None:
    before = alice.create(**FULL)

    tagged = alice.request("PUT", "/api/contacts/1/tags/Поет")
    added = alice.request("POST", "/api/contacts/1/phones", body={"number": "+380671234567"})

    assert (tagged.body["etag"], tagged.headers["etag"]) == (before["etag"], before["etag"])
    assert (added.status, added.headers["etag"]) == (200, before["etag"])
    assert alice.request("GET", "/api/contacts/1").body == before


@pytest.mark.parametrize("value", [True, 1.5, "1", None, [1]])
def test_a_value_of_another_kind_is_a_change(alice: Client, value: Any) -> None:
    """To Python 1 and True are equal: the change was dropped in silence."""
    alice.create(**FULL | {"extra": {"depth": [1]}})

    changed = alice.request("PATCH", "/api/contacts/1", body={"extra": {"depth": [value]}}).body

    assert repr(changed["extra"]["depth"]) == repr([value])
    assert repr(alice.request("GET", "/api/contacts/1").body["extra"]["depth"]) == repr([value])
    assert changed["etag"] == '"2"'
