"""Step-up: sensitive routes ask for an authentication of the last ten minutes in this session."""

from uuid import uuid4

import pytest

from tests.auth_client import PASSWORD, AuthClient
from tests.clock import FrozenClock

LATER = 10 * 60 + 1


@pytest.fixture
def alice(client: AuthClient, clock: FrozenClock) -> AuthClient:
    clock.set_offset(0)
    return client.sign_up_and_log_in()


def prove(client: AuthClient, **proof: str) -> int:
    return client.request("POST", "/api/auth/proof", proof).status


def code_of_logout_everywhere(client: AuthClient) -> str:
    response = client.request("POST", "/api/auth/logout-all")
    return "" if response.status == 204 else str(response.body["code"])


def test_a_login_is_a_proof_for_ten_minutes(alice: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(LATER)

    assert code_of_logout_everywhere(alice) == "fresh_proof_needed"

    clock.set_offset(LATER - 2)
    assert code_of_logout_everywhere(alice) == ""


def test_the_refusal_is_a_401_that_asks_for_a_bearer(alice: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(LATER)

    refused = alice.request("POST", "/api/auth/logout-all")

    assert refused.status == 401
    assert refused.headers["www-authenticate"] == "Bearer"


def test_ending_another_session_asks_for_a_proof_and_ending_ones_own_does_not(
    alice: AuthClient, clock: FrozenClock
) -> None:
    phone = AuthClient(alice.database)
    phone.log_in()
    clock.set_offset(LATER)

    for session_id in (phone.session_id, uuid4()):
        refused = alice.request("DELETE", f"/api/auth/sessions/{session_id}")
        assert (refused.status, refused.body["code"]) == (401, "fresh_proof_needed")

    assert phone.request("DELETE", f"/api/auth/sessions/{phone.session_id}").status == 204
    assert alice.request("POST", "/api/auth/logout").status == 204


def test_a_refresh_is_no_proof(alice: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(LATER)
    assert alice.refresh().status == 200

    assert code_of_logout_everywhere(alice) == "fresh_proof_needed"


def test_the_password_renews_it_for_this_session_only(
    alice: AuthClient, clock: FrozenClock
) -> None:
    phone = AuthClient(alice.database)
    phone.log_in()
    clock.set_offset(LATER)

    assert prove(alice, password=PASSWORD) == 204

    assert code_of_logout_everywhere(phone) == "fresh_proof_needed"
    assert code_of_logout_everywhere(alice) == ""


def test_a_wrong_password_renews_nothing_and_counts_as_a_failure(
    alice: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(LATER)

    statuses = [prove(alice, password="wrong") for _ in range(11)]

    assert statuses == [400] * 10 + [429]
    assert code_of_logout_everywhere(alice) == "fresh_proof_needed"
    assert alice.log_in().status == 429


def test_a_proof_says_what_it_is(alice: AuthClient) -> None:
    bodies: list[object] = [{}, {"password": PASSWORD, "else": 1}, {"password": None}, []]
    for body in bodies:
        assert alice.request("POST", "/api/auth/proof", body).status == 422
    assert alice.request("POST", "/api/auth/proof", {"password": "x"}, identity=None).status == 401


def test_a_deletion_carries_its_own_proof(alice: AuthClient, clock: FrozenClock) -> None:
    clock.set_offset(LATER)

    assert alice.request("DELETE", "/api/users/me", {"password": PASSWORD}).status == 204


def test_without_the_authorizers_word_there_is_no_proof(alice: AuthClient) -> None:
    identity = {key: value for key, value in alice.identity().items() if key != "authenticated_at"}

    refused = alice.request("POST", "/api/auth/logout-all", identity=identity)

    assert refused.body["code"] == "fresh_proof_needed"


def test_a_proof_is_an_event(alice: AuthClient) -> None:
    prove(alice, password=PASSWORD)

    events = alice.request("GET", "/api/users/me/events").body["items"]

    assert events[0]["kind"] == "reauthenticated"
