"""``GET /api/users/{user_id}/initials.svg``: public, and the same for everybody."""

from uuid import uuid4

from functions.avatars.app import handler
from kith.accounts.schemas import UserAnswer
from kith.accounts.user_repository import UserRepository
from kith.database.unit_of_work import database as current_database
from tests.clients import Response, send
from tests.functions.avatars.conftest import Client


def asked(path: str, **headers: str) -> Response:
    return send(handler, "GET", path, headers=headers)


def test_whoever_has_no_picture_has_initials(alice: Client) -> None:
    answer = asked(f"/api/users/{alice.id}/initials.svg")

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert b">A</text>" in answer.body


def test_the_same_initials_are_not_sent_twice(alice: Client) -> None:
    path = f"/api/users/{alice.id}/initials.svg"

    answer = asked(path, **{"if-none-match": asked(path).headers["etag"]})

    assert answer.status == 304
    assert not answer.body


def test_nobody_has_no_initials() -> None:
    assert asked("/api/users/nobody/initials.svg").status in {404, 422}


def test_a_stranger_has_no_initials(alice: Client) -> None:
    assert asked(f"/api/users/{uuid4()}/initials.svg").status == 404


def test_a_new_account_points_to_its_initials(alice: Client) -> None:
    with current_database().loading() as session:
        address = UserAnswer.of(UserRepository(session).require(alice.id)).avatar_url

    assert address == f"http://127.0.0.1:8000/api/users/{alice.id}/initials.svg"
