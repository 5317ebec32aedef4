"""Addresses to the letter: one spelling of an id and of a parameter, the methods there are."""

import pytest
from fastapi.routing import APIRoute

from kith.contacts.router import ROUTERS
from tests.clients import Client

NO_NUMBERS = ["001", "+1", " 1", "1 ", "1.0", "1e0", "0x1", "١", "-1", "0", "abc", "9" * 20]


@pytest.mark.parametrize("contact_id", NO_NUMBERS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_id_has_one_spelling(alice: Client, contact_id: str, method: str) -> None:
    alice.create()

    answered = alice.request(method, f"/api/contacts/{contact_id}", body={"first_name": "A"})

    assert answered.status == 404


@pytest.mark.parametrize("phone_id", ["01", "+1", "١", "x"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_of_a_phone_too(alice: Client, phone_id: str, method: str) -> None:
    alice.create(phone="067 123 45 67")

    answered = alice.request(method, f"/api/contacts/1/phones/{phone_id}", body={"number": "101"})

    assert answered.status == 404


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("trash", "GET"),
        ("bulk", "POST"),
        ("merge", "POST"),
        ("import", "POST"),
        ("export", "GET"),
        ("duplicates", "GET"),
        ("upcoming_birthdays", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_no_contact_names_its_own_methods(
    alice: Client, path: str, allowed: str, method: str
) -> None:
    answered = alice.request(method, f"/api/contacts/{path}", body={"first_name": "A"})

    assert (answered.status, answered.body["code"]) == (405, "method_not_allowed")
    assert answered.headers["allow"] == allowed


def test_all_methods_of_an_address_are_named(alice: Client) -> None:
    answered = alice.request("POST", "/api/contacts/1", body={})

    assert (answered.status, answered.headers["allow"]) == (405, "DELETE, GET, PATCH, PUT")


@pytest.mark.parametrize("denied", ["token_expired", "session_revoked"])
@pytest.mark.parametrize("path", ["/api/contacts/abc", "/api/contacts/bulk"])
def test_whose_token_has_expired_is_told_so_wherever_they_asked(
    alice: Client, denied: str, path: str
) -> None:
    alice.profile = {"denied": denied}

    assert alice.request("GET", path).body["code"] == denied


def test_the_slash_at_the_end_makes_no_difference(alice: Client) -> None:
    created = alice.request("POST", "/api/contacts/", body={"first_name": "Grace"})

    listed = alice.request("GET", "/api/contacts/", query={"first_name": "gra"})

    assert created.status == 201
    assert listed.body["items"] == [created.body]
    assert alice.request("GET", "/api/contacts", query={"first_name": "gra"}).body == listed.body


def test_the_next_page_of_a_list_with_the_slash_has_it_too(alice: Client) -> None:
    alice.create("A")
    alice.create("B")

    listed = alice.request("GET", "/api/contacts/", query={"limit": "1"})

    assert "/api/contacts/?limit=1&cursor=" in listed.headers["link"]


def every_route() -> list[tuple[str, str]]:
    routes = (route for router in ROUTERS for route in router.routes)
    return [
        (method, route.path.replace("{contact_id}", "1").replace("{phone_id}", "1"))
        for route in routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


@pytest.mark.parametrize(("method", "path"), every_route())
def test_a_parameter_that_a_route_does_not_know_is_refused(
    alice: Client, method: str, path: str
) -> None:
    """`?fist_name=` answered the whole book."""
    answered = alice.request(method, path, body={}, query={"fist_name": "Ada", "~/": ""})

    assert answered.status == 422
    pointers = [(each["pointer"], each["code"]) for each in answered.body["errors"]]
    assert pointers == [
        ("/query/fist_name", "unknown_parameter"),
        ("/query/~0~1", "unknown_parameter"),
    ]


def test_a_refused_parameter_counts_as_a_request(alice: Client) -> None:
    answered = alice.request("GET", "/api/contacts", query={"fist_name": "Ada"})

    assert "ratelimit" in answered.headers


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_is_in_utf_8(alice: Client, encoding: str) -> None:
    raw = '{"first_name": "Ada"}'.encode(encoding)
    headers = {"content-type": "application/json"}

    assert alice.request("POST", "/api/contacts", raw=raw, headers=headers).status == 415


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=iso-8859-1", 415),
        ('application/json; Charset="UTF-8"', 201),
        ("application/merge-patch+json; charset=utf-8; profile=x", 201),
    ],
)
def test_json_that_claims_to_be_something_else_is_refused(
    alice: Client, content_type: str, status: int
) -> None:
    headers = {"content-type": content_type}

    answered = alice.request("POST", "/api/contacts", raw=b'{"first_name":"A"}', headers=headers)

    assert answered.status == status


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"1"', 200),
        ('"7", "1"', 200),
        ('"7","8" , "1"', 200),
        (", ".join(f'"{n}"' for n in range(300)), 200),
        ("*", 200),
        ('"7", "8"', 412),
        ('W/"1"', 412),
        ('W/"1", "7"', 412),
        ("1", 412),
        ("", 412),
    ],
)
def test_if_match_is_a_list_of_strong_tags(alice: Client, if_match: str, status: int) -> None:
    alice.create()

    answered = alice.request(
        "PATCH", "/api/contacts/1", body={"last_name": "H"}, headers={"If-Match": if_match}
    )

    assert answered.status == status


@pytest.mark.parametrize(
    "name",
    ["\u200b", "\u200f\u200e", "\u3164", "\uffa0 \u115f", "\u2800", "\u2060\ufeff", "\u0301"],
)
@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_a_name_can_be_seen(alice: Client, name: str, field: str) -> None:
    alice.create()

    created = alice.request("POST", "/api/contacts", body={field: name})
    changed = alice.request("PATCH", "/api/contacts/1", body={field: name})

    for answered in (created, changed):
        assert answered.status == 422
        assert answered.body["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("name", ["👩\u200d💻", "\u200fמשה", "क्षि", "\u00a0A\u00a0", "李", "₿"])
def test_a_name_may_hold_what_cannot_be_seen(alice: Client, name: str) -> None:
    assert alice.create(name)["first_name"] == name.strip()
