"""A browser uploads straight to the provider, and brings back its receipt."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from kith.accounts.models import OrphanedPicture
from tests import photographs
from tests.functions.avatars.conftest import Client
from tests.picture_cloud import PictureCloud

PHOTOGRAPH = photographs.taken_by_a_phone("JPEG")


def uploaded(ticket: dict[str, Any], content: bytes = PHOTOGRAPH) -> dict[str, Any]:
    """What the provider answers the browser."""
    files = {ticket["file_field"]: content}
    answer = httpx.post(ticket["url"], data=ticket["fields"], files=files, trust_env=False)
    assert answer.status_code == 200, answer.text
    return {name: answer.json()[name] for name in ("public_id", "version", "signature")}


@pytest.fixture
def ticket(alice: Client) -> dict[str, Any]:
    answer = alice.request("POST", "/api/users/avatar/upload-signature")
    assert answer.status == 200
    ticket = answer.body
    assert isinstance(ticket, dict)
    return ticket


def test_a_browsers_upload_is_shown_once_it_is_confirmed(
    alice: Client, ticket: dict[str, Any], provider: PictureCloud
) -> None:
    answer = alice.request("POST", "/api/users/avatar/confirm", body=uploaded(ticket))

    assert answer.status == 200
    shown = provider.shows(answer.body["avatar_url"])
    assert shown is not None
    assert photographs.PLACE not in shown
    assert photographs.looks_like_the_scene(photographs.decoded(shown))
    assert alice.orphans() == []


def test_a_ticket_is_for_what_was_signed_only(ticket: dict[str, Any]) -> None:
    fields = {**ticket["fields"], "public_id": "kith/somebody/else"}

    answer = httpx.post(ticket["url"], data=fields, files={"file": PHOTOGRAPH}, trust_env=False)

    assert answer.status_code == 401


def test_a_receipt_counts_once(alice: Client, ticket: dict[str, Any]) -> None:
    receipt = uploaded(ticket)
    alice.request("POST", "/api/users/avatar/confirm", body=receipt)

    answer = alice.request("POST", "/api/users/avatar/confirm", body=receipt)

    assert answer.status == 409
    assert answer.body["code"] == "receipt_used"


def test_a_receipt_does_not_count_for_ever(alice: Client, ticket: dict[str, Any]) -> None:
    receipt = uploaded(ticket)
    older = OrphanedPicture.created_at - timedelta(hours=2)
    alice.connection.execute(update(OrphanedPicture).values(created_at=older))

    answer = alice.request("POST", "/api/users/avatar/confirm", body=receipt)

    assert answer.status == 409


@pytest.mark.parametrize(
    "change", [{"signature": "0" * 40}, {"version": 7}, {"public_id": "kith/x/avatar-1"}], ids=str
)
def test_a_receipt_that_was_touched_is_none(
    alice: Client, ticket: dict[str, Any], change: dict[str, Any]
) -> None:
    receipt = {**uploaded(ticket), **change}

    answer = alice.request("POST", "/api/users/avatar/confirm", body=receipt)

    assert answer.status == 422
    assert answer.body["code"] == "receipt_invalid"
    assert alice.avatar_url() is None


def test_bob_cannot_confirm_alices_upload(
    alice: Client, bob: Client, ticket: dict[str, Any]
) -> None:
    receipt = uploaded(ticket)

    answer = bob.request("POST", "/api/users/avatar/confirm", body=receipt)

    assert answer.status == 422
    assert bob.avatar_url() is None


@pytest.mark.parametrize(
    "change",
    [
        {"public_id": ""},
        {"public_id": "a b"},
        {"version": "1"},
        {"version": 0},
        {"signature": "xyz"},
        {"secure_url": "https://example.com/x.jpg"},
    ],
    ids=str,
)
def test_a_receipt_has_a_form(alice: Client, change: dict[str, Any]) -> None:
    body = {"public_id": "kith/x", "version": 1, "signature": "0" * 40, **change}

    assert alice.request("POST", "/api/users/avatar/confirm", body=body).status == 422
