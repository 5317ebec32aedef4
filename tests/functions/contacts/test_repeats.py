"""Idempotency-Key over HTTP: a repeated request creates nothing more."""

from datetime import timedelta
from pathlib import Path

import pytest

from kith import settings as environment
from tests.clients import Client

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
GRACE = {"first_name": "Grace"}


def total(person: Client) -> int:
    return len(person.request("GET", "/api/contacts").body["items"])


def test_the_second_request_gets_the_answer_of_the_first(alice: Client) -> None:
    first = alice.request("POST", "/api/contacts", body=GRACE, headers=KEY)
    alice.request("PATCH", "/api/contacts/1", body={"first_name": "Ada"})

    second = alice.request("POST", "/api/contacts", body=GRACE, headers=KEY)

    assert (second.status, second.body) == (201, first.body)
    for name in ("etag", "location"):
        assert second.headers[name] == first.headers[name]
    assert total(alice) == 1


def test_a_key_belongs_to_one_request(alice: Client) -> None:
    alice.request("POST", "/api/contacts", body=GRACE, headers=KEY)

    other = alice.request("POST", "/api/contacts", body={"first_name": "Ada"}, headers=KEY)

    assert other.status == 422
    assert other.body["code"] == "idempotency_key_reused"
    assert total(alice) == 1


def test_a_key_belongs_to_one_owner(alice: Client, bob: Client) -> None:
    alice.request("POST", "/api/contacts", body=GRACE, headers=KEY)

    assert bob.request("POST", "/api/contacts", body=GRACE, headers=KEY).status == 201
    assert total(bob) == 1


def test_a_refused_request_may_be_mended_under_the_same_key(alice: Client) -> None:
    future = {**GRACE, "birthday": "2999-01-01"}
    assert alice.request("POST", "/api/contacts", body=future, headers=KEY).status == 422

    assert alice.request("POST", "/api/contacts", body=GRACE, headers=KEY).status == 201


def test_after_a_day_the_key_is_forgotten(
    alice: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alice.request("POST", "/api/contacts", body=GRACE, headers=KEY)
    clock = tmp_path / "clock.json"
    clock.write_text(f'{{"offset_seconds": {timedelta(hours=25).total_seconds()}}}')
    monkeypatch.setenv("KITH_CLOCK_FILE", str(clock))
    environment.settings.cache_clear()

    later = alice.request("POST", "/api/contacts", body={"first_name": "Ada"}, headers=KEY)

    assert later.status == 201
    assert total(alice) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "with blank", "é"])
def test_a_key_that_is_none_is_refused(alice: Client, key: str) -> None:
    answered = alice.request("POST", "/api/contacts", body=GRACE, headers={"Idempotency-Key": key})

    assert answered.status == 422
