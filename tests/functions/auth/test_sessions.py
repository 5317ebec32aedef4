"""Sessions: refreshed, listed, ended; and a stolen copy that ends itself."""

from collections.abc import Callable
from uuid import uuid4

from tests.events import json_of
from tests.visitor import Visitor

Clock = Callable[[float], None]


def test_a_refresh_gives_the_next_pair_of_the_same_session(visitor: Visitor) -> None:
    visitor.settle()
    before, session_id = visitor.refresh_token, visitor.session_id

    answer = visitor.refresh()

    assert answer["statusCode"] == 200
    assert visitor.refresh_token != before
    assert visitor.session_id == session_id


def test_an_answer_that_was_lost_can_be_had_again_for_ten_seconds(
    visitor: Visitor, move_clock: Clock
) -> None:
    move_clock(0)
    visitor.settle()
    spent = visitor.refresh_token

    first = json_of(visitor.refresh(spent))["refresh_token"]
    move_clock(9)
    second = json_of(visitor.refresh(spent))["refresh_token"]

    assert first == second
    assert visitor.refresh(first)["statusCode"] == 200


def test_a_spent_token_after_the_grace_ends_its_session_and_no_other(
    visitor: Visitor, move_clock: Clock
) -> None:
    move_clock(0)
    visitor.settle()
    spent = visitor.refresh_token
    other = Visitor(visitor.database)
    other.log_in()
    visitor.refresh()
    move_clock(11)

    reused = visitor.refresh(spent)

    assert reused["statusCode"] == 401
    assert visitor.refresh()["statusCode"] == 401
    assert other.refresh()["statusCode"] == 200
    (notice,) = visitor.letters()
    assert notice.to == "alice@example.com"
    assert "session" in notice.subject


def test_a_token_two_steps_back_is_reuse_even_within_the_grace(visitor: Visitor) -> None:
    visitor.settle()
    spent = visitor.refresh_token
    visitor.refresh()
    visitor.refresh()

    assert visitor.refresh(spent)["statusCode"] == 401
    assert visitor.refresh()["statusCode"] == 401


def test_a_made_up_token_ends_nobodys_session(visitor: Visitor) -> None:
    visitor.settle()
    made_up = f"{visitor.session_id}.{'A' * 64}"

    refused = visitor.refresh(made_up)

    assert (refused["statusCode"], json_of(refused)["code"]) == (401, "refresh_token_invalid")
    assert visitor.refresh()["statusCode"] == 200


def test_tokens_of_one_kind_are_no_good_as_another(visitor: Visitor) -> None:
    visitor.settle()

    assert visitor.refresh(visitor.access[:200])["statusCode"] == 401
    assert visitor.refresh("x")["statusCode"] == 401
    reset = visitor.send("POST", "/api/auth/verify", {"token": visitor.refresh_token})
    assert reset["statusCode"] == 400


def test_a_session_ends_after_fourteen_idle_days(visitor: Visitor, move_clock: Clock) -> None:
    move_clock(0)
    visitor.settle()
    move_clock(14 * 86400 + 1)

    assert visitor.refresh()["statusCode"] == 401


def test_a_session_ends_after_thirty_days_however_busy(visitor: Visitor, move_clock: Clock) -> None:
    move_clock(0)
    visitor.settle()
    for day in (10, 20, 29):
        move_clock(day * 86400)
        assert visitor.refresh()["statusCode"] == 200
    move_clock(30 * 86400 - 60)
    last = json_of(visitor.refresh())
    move_clock(30 * 86400 + 60)

    assert last["expires_in"] <= 60
    assert visitor.refresh()["statusCode"] == 401


def test_sessions_are_listed_with_device_and_origin(visitor: Visitor) -> None:
    visitor.settle()
    phone = Visitor(visitor.database, origin="198.51.100.7")
    phone.log_in()

    listed = json_of(visitor.send("GET", "/api/auth/sessions"))["items"]

    assert {each["id"]: each["current"] for each in listed} == {
        str(visitor.session_id): True,
        str(phone.session_id): False,
    }
    assert {each["origin"] for each in listed} == {"203.0.113.9", "198.51.100.7"}


def test_one_session_can_be_ended_and_only_ones_own(visitor: Visitor) -> None:
    visitor.settle()
    phone = Visitor(visitor.database)
    phone.log_in()
    bob = Visitor(visitor.database).settle("bob@example.com")
    path = f"/api/auth/sessions/{phone.session_id}"

    assert bob.send("DELETE", path)["statusCode"] == 404
    assert phone.refresh()["statusCode"] == 200
    assert visitor.send("DELETE", path)["statusCode"] == 204
    assert phone.refresh()["statusCode"] == 401
    assert visitor.send("DELETE", path)["statusCode"] == 404
    assert visitor.send("DELETE", f"/api/auth/sessions/{uuid4()}")["statusCode"] == 404
    assert visitor.send("DELETE", "/api/auth/sessions/7")["statusCode"] == 422


def test_logging_out_ends_this_session_and_doing_it_twice_is_no_mistake(
    visitor: Visitor,
) -> None:
    visitor.settle()
    phone = Visitor(visitor.database)
    phone.log_in()

    assert visitor.send("POST", "/api/auth/logout")["statusCode"] == 204
    assert visitor.send("POST", "/api/auth/logout")["statusCode"] == 204
    assert visitor.refresh()["statusCode"] == 401
    assert phone.refresh()["statusCode"] == 200


def test_logging_out_everywhere_ends_them_all_and_lets_one_in_again(visitor: Visitor) -> None:
    visitor.settle()
    phone = Visitor(visitor.database)
    phone.log_in()

    assert visitor.send("POST", "/api/auth/logout-all")["statusCode"] == 204
    assert visitor.refresh()["statusCode"] == 401
    assert phone.refresh()["statusCode"] == 401
    assert phone.log_in()["statusCode"] == 200
    assert phone.refresh()["statusCode"] == 200


def test_nobody_is_anybody_without_the_authorizers_word(visitor: Visitor) -> None:
    for method, path in [
        ("GET", "/api/users/me"),
        ("GET", "/api/auth/sessions"),
        ("POST", "/api/auth/logout"),
        ("GET", "/api/users/me/export"),
    ]:
        refused = visitor.send(method, path, identity=None)
        assert (refused["statusCode"], json_of(refused)["code"]) == (401, "not_authenticated")


def test_when_nobody_can_tell_whether_a_session_lives_the_answer_is_later(
    visitor: Visitor,
) -> None:
    answer = visitor.send("GET", "/api/users/me", identity={"denied": "unavailable"})

    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) >= 1
