"""Another user's contact is an absent one: for every route, with the same body."""

from typing import Any, Final

import pytest

from tests.clients import Client, Response, send

ABSENT: Final = 999
ROUTES: Final[list[tuple[str, str, Any]]] = [
    ("GET", "/api/contacts/{}", None),
    ("PUT", "/api/contacts/{}", {"first_name": "Mallory"}),
    ("PATCH", "/api/contacts/{}", {"first_name": "Mallory"}),
    ("DELETE", "/api/contacts/{}", None),
    ("GET", "/api/contacts/{}/phones", None),
    ("POST", "/api/contacts/{}/phones", {"number": "123"}),
    ("PUT", "/api/contacts/{}/phones/1", {"number": "123"}),
    ("DELETE", "/api/contacts/{}/phones/1", None),
    ("PUT", "/api/contacts/{}/tags/mine", None),
    ("DELETE", "/api/contacts/{}/tags/hers", None),
    ("POST", "/api/contacts/{}/restore", None),
    ("DELETE", "/api/contacts/trash/{}", None),
]


def seen(person: Client, contact_id: int, method: str, path: str, body: Any) -> tuple[Any, ...]:
    """All that can be seen of an answer, but for what is about the request itself."""
    answered: Response = person.request(method, path.format(contact_id), body=body)
    own = {"ratelimit"}
    headers = {name: text for name, text in answered.headers.items() if name not in own}
    return answered.status, headers, answered.body


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize("buried", [False, True])
def test_what_is_of_alice_is_to_bob_as_if_it_were_not(
    alice: Client,
    bob: Client,
    method: str,
    path: str,
    body: Any,
    buried: bool,
) -> None:
    hers = alice.create("Grace", phone="111", tags=["hers"])["id"]
    if buried:
        alice.request("DELETE", f"/api/contacts/{hers}")

    answer = seen(bob, hers, method, path, body)

    assert answer[0] == 404
    assert answer == seen(bob, ABSENT, method, path, body)
    trash = alice.request("GET", "/api/contacts/trash").body["items"]
    living = alice.request("GET", "/api/contacts").body["items"]
    assert [each["first_name"] for each in (trash if buried else living)] == ["Grace"]


def test_an_old_version_of_somebody_elses_contact_is_absent_too(alice: Client, bob: Client) -> None:
    alice.create("Grace")

    answered = bob.request("DELETE", "/api/contacts/1", headers={"If-Match": '"77"'})

    assert answered.status == 404


@pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("GET", "/api/contacts", None)])
def test_without_an_identity_from_the_authorizer_nobody_is_signed_in(
    alice: Client, method: str, path: str, body: Any
) -> None:
    alice.create()

    answered = send(alice.handler, method, path.format(1), body=body, identity={})

    assert answered.status == 401
    assert answered.headers["www-authenticate"] == "Bearer"
