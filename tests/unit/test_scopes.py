"""Which scope of a personal access token each route asks for, route by route."""

from fastapi.routing import APIRoute

from kith.http.authentication import authenticators_of
from kith.reference.document import all_routes
from kith.scopes import SCOPES, required_scope


def _protected() -> list[tuple[str, str]]:
    routes: list[APIRoute] = [each for each in all_routes() if authenticators_of(each.dependant)]
    return [(method, route.path) for route in routes for method in route.methods or ()]


def test_no_route_of_an_account_takes_a_personal_token_but_the_profile_to_read() -> None:
    of_accounts = [each for each in _protected() if each[1].startswith(("/api/auth", "/api/users"))]

    reachable = {each for each in of_accounts if required_scope(*each) is not None}

    assert len(of_accounts) > 10
    assert reachable == {("GET", "/api/users/me")}
    assert required_scope("GET", "/api/users/me") == "profile:read"


def test_what_changes_contacts_asks_for_write_and_what_reads_them_for_read() -> None:
    upcoming = "/api/contacts/upcoming"
    for method, path in _protected():
        if path.startswith("/api/contacts") and not path.startswith(upcoming):
            scope = "contacts:read" if method == "GET" else "contacts:write"
            assert required_scope(method, path) == scope, (method, path)


def test_birthdays_can_be_read_and_no_secret_address_be_made() -> None:
    of_birthdays = [each for each in _protected() if each[1].startswith("/api/birthdays")]
    of_birthdays.append(("GET", "/api/contacts/upcoming_birthdays"))

    scopes = {each: required_scope(*each) for each in of_birthdays}

    assert {scope for (method, _), scope in scopes.items() if method == "GET"} == {"birthdays:read"}
    assert {scope for (method, _), scope in scopes.items() if method != "GET"} == {None}


def test_what_nobody_thought_of_takes_no_personal_token() -> None:
    assert required_scope("GET", "") is None
    assert required_scope("GET", "/api/contactsmore") is None
    assert required_scope("GET", "/api/users/me/") is None
    assert set(SCOPES) == {"contacts:read", "contacts:write", "birthdays:read", "profile:read"}
