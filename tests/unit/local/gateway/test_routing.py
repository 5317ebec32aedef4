import pytest

from infra.local.gateway.routing import PathRefused, Routes, canonical, loggable, parameters
from infra.local.stack.model import Route


def route(method: str, path: str) -> Route:
    return Route(method, path, "Function", None, 30.0)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/", "/"),
        (b"/api/contacts", "/api/contacts"),
        (b"/api/contacts/", "/api/contacts/"),
        (b"/.well-known/jwks.json", "/.well-known/jwks.json"),
        (b"/tags/%D1%80%D1%96%D0%B4%D0%BD%D1%96", "/tags/рідні"),
        (b"/tags/100%25", "/tags/100%"),
        (b"/tags/a%20b", "/tags/a b"),
    ],
)
def test_a_path_is_decoded_once(raw: bytes, path: str) -> None:
    assert canonical(raw) == path


@pytest.mark.parametrize(
    "raw",
    [
        b"api",
        b"*",
        b"http://elsewhere/api",
        b"//api",
        b"/api//contacts",
        b"/api/./contacts",
        b"/api/../contacts",
        b"/api/%2e%2e/contacts",
        b"/api/%2E/contacts",
        b"/api%2fcontacts",
        b"/api%2Fcontacts",
        b"/api/%5ccontacts",
        b"/api/\\contacts",
        b"/api/%00",
        b"/api/%0a",
        b"/api/%7f",
        b"/api/%C2%85",
        b"/api/%zz",
        b"/api/%",
        b"/api/%ff",
        b"/..",
        b"/.",
    ],
)
def test_a_path_with_two_readings_is_refused(raw: bytes) -> None:
    with pytest.raises(PathRefused):
        canonical(raw)


def test_a_literal_segment_beats_a_parameter() -> None:
    trash, one = route("GET", "/contacts/trash"), route("GET", "/contacts/{contact_id}")

    routes = Routes([one, trash])

    assert routes.find("GET", "/contacts/trash") is trash
    assert routes.find("GET", "/contacts/7") is one


def test_a_parameter_is_tried_when_the_literal_leads_nowhere() -> None:
    purge = route("DELETE", "/contacts/trash/{contact_id}")
    tag = route("DELETE", "/contacts/{contact_id}/tags/{tag}")

    routes = Routes([purge, tag])

    assert routes.find("DELETE", "/contacts/trash/7") is purge
    assert routes.find("DELETE", "/contacts/trash/tags/x") is tag


def test_a_parameter_is_never_empty() -> None:
    assert Routes([route("GET", "/contacts/{contact_id}")]).find("GET", "/contacts/") is None


def test_the_methods_of_a_path_are_those_of_its_most_specific_routes() -> None:
    routes = Routes(
        [
            route("GET", "/contacts/trash"),
            route("POST", "/contacts/trash"),
            route("GET", "/contacts/{contact_id}"),
            route("DELETE", "/contacts/{contact_id}"),
        ]
    )

    assert routes.methods("/contacts/trash") == ["GET", "POST"]
    assert routes.methods("/contacts/8") == ["GET", "DELETE"]
    assert routes.methods("/elsewhere") == []


def test_parameters_have_the_names_of_the_route() -> None:
    found = parameters(route("PUT", "/contacts/{contact_id}/tags/{tag}"), "/contacts/7/tags/a b")

    assert found == {"contact_id": "7", "tag": "a b"}


def test_the_secret_of_a_link_is_not_shown_in_a_log() -> None:
    link = route("GET", "/unsubscribe/{token}")

    assert loggable(link, "/unsubscribe/s3cret", {"token": "s3cret"}) == "/unsubscribe/{token}"


def test_an_ordinary_parameter_is_shown_in_a_log() -> None:
    one = route("GET", "/contacts/{contact_id}")

    assert loggable(one, "/contacts/7", {"contact_id": "7"}) == "/contacts/7"
