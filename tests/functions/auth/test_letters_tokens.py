"""What letters lead to: verified addresses, new passwords, new addresses."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.events import json_of
from tests.mailroom import token_in
from tests.visitor import PASSWORD, Visitor

Clock = Callable[[float], None]
ALICE = {"email": "alice@example.com"}
NEW = "nine loud herons"


def forgot(visitor: Visitor, email: str = "alice@example.com") -> int:
    answer = visitor.send("POST", "/api/auth/password/forgot", {"email": email})
    return int(answer["statusCode"])


def reset(visitor: Visitor, token: str, password: str = NEW) -> dict[str, object]:
    body = {"token": token, "password": password}
    return visitor.send("POST", "/api/auth/password/reset", body)


def test_a_link_verifies_once(visitor: Visitor) -> None:
    visitor.sign_up()
    (letter,) = visitor.letters()

    assert visitor.verify(letter)["statusCode"] == 200
    again = visitor.verify(letter)
    assert (again["statusCode"], json_of(again)["code"]) == (400, "token_invalid")


def test_the_newest_link_is_the_one_that_counts(visitor: Visitor) -> None:
    visitor.sign_up()
    (first,) = visitor.letters()
    assert visitor.send("POST", "/api/auth/verify/resend", ALICE)["statusCode"] == 202
    (second,) = visitor.letters()

    assert visitor.verify(first)["statusCode"] == 400
    assert visitor.verify(second)["statusCode"] == 200


def test_a_verification_lives_for_a_day_from_when_it_was_sent(
    visitor: Visitor, move_clock: Clock
) -> None:
    move_clock(0)
    visitor.sign_up()
    (letter,) = visitor.letters()
    move_clock(24 * 3600 + 1)

    assert visitor.verify(letter)["statusCode"] == 400


@pytest.mark.parametrize("token", ["", "x", "é", "\ud7ff", "x" * 200])
def test_a_made_up_token_verifies_nothing(visitor: Visitor, token: str) -> None:
    answer = visitor.send("POST", "/api/auth/verify", {"token": token})

    assert (answer["statusCode"], json_of(answer)["code"]) == (400, "token_invalid")


def test_known_and_unknown_addresses_are_answered_and_throttled_alike(visitor: Visitor) -> None:
    visitor.settle()

    for path in ("/api/auth/verify/resend", "/api/auth/password/forgot"):
        known = [visitor.send("POST", path, ALICE) for _ in range(4)]
        unknown = [visitor.send("POST", path, {"email": "no@example.com"}) for _ in range(4)]

        assert [_seen(each) for each in known] == [_seen(each) for each in unknown]
    assert known[-1]["statusCode"] == 429


def _seen(answer: dict[str, Any]) -> tuple[object, object, set[str]]:
    return answer["statusCode"], answer["body"], set(answer["headers"])


def test_an_address_gets_five_letters_an_hour_of_all_kinds(
    visitor: Visitor, move_clock: Clock
) -> None:
    move_clock(0)
    visitor.settle()  # one letter

    for _ in range(8):
        forgot(visitor)
    assert len(visitor.letters()) == 4
    move_clock(3600)
    assert forgot(visitor) == 202
    assert len(visitor.letters()) == 1


def test_a_new_password_ends_all_sessions_and_its_owner_is_told(visitor: Visitor) -> None:
    visitor.settle()
    forgot(visitor)
    (letter,) = visitor.letters()

    assert reset(visitor, token_in(letter))["statusCode"] == 204
    assert visitor.refresh()["statusCode"] == 401
    assert visitor.log_in()["statusCode"] == 401
    assert visitor.log_in(password=NEW)["statusCode"] == 200
    (notice,) = visitor.letters()
    assert "password" in notice.subject
    assert "?token=" not in notice.text


def test_a_weak_password_leaves_the_link_as_it_was(visitor: Visitor) -> None:
    visitor.settle()
    forgot(visitor)
    token = token_in(visitor.letters()[0])

    weak = reset(visitor, token, "password1")

    assert weak["statusCode"] == 422
    assert json_of(weak)["errors"][0]["code"] == "password_common"
    assert reset(visitor, token)["statusCode"] == 204
    assert reset(visitor, token)["statusCode"] == 400


def test_a_reset_lives_for_half_an_hour(visitor: Visitor, move_clock: Clock) -> None:
    move_clock(0)
    visitor.settle()
    forgot(visitor)
    token = token_in(visitor.letters()[0])
    move_clock(30 * 60 + 1)

    assert reset(visitor, token)["statusCode"] == 400


def test_a_reset_is_void_once_the_password_changed(visitor: Visitor) -> None:
    visitor.settle()
    forgot(visitor)
    token = token_in(visitor.letters()[0])
    change = {"current_password": PASSWORD, "password": NEW}

    assert visitor.send("POST", "/api/auth/password/change", change)["statusCode"] == 204
    assert reset(visitor, token)["statusCode"] == 400


def test_a_token_of_one_purpose_is_no_good_for_another(visitor: Visitor) -> None:
    visitor.sign_up()
    (verification,) = visitor.letters()
    forgot(visitor)
    (resetting,) = visitor.letters()

    assert reset(visitor, token_in(verification))["statusCode"] == 400
    assert visitor.verify(resetting)["statusCode"] == 400


def test_whoever_could_read_the_reset_letter_owns_the_address(visitor: Visitor) -> None:
    visitor.sign_up()
    visitor.letters()
    forgot(visitor)

    reset(visitor, token_in(visitor.letters()[0]))

    assert visitor.log_in(password=NEW)["statusCode"] == 200


def test_a_reset_opens_a_locked_account(visitor: Visitor) -> None:
    visitor.sign_up()
    visitor.letters()
    for _ in range(11):
        visitor.log_in(password="wrong wrong")
    forgot(visitor)

    reset(visitor, token_in(visitor.letters()[0]))

    assert visitor.log_in(password=NEW)["statusCode"] == 200


def test_changing_the_password_ends_the_other_sessions_only(visitor: Visitor) -> None:
    visitor.settle()
    phone = Visitor(visitor.database)
    phone.log_in()
    change = {"current_password": PASSWORD, "password": NEW}

    assert visitor.send("POST", "/api/auth/password/change", change)["statusCode"] == 204

    assert visitor.refresh()["statusCode"] == 200
    assert phone.refresh()["statusCode"] == 401
    (notice,) = visitor.letters()
    assert "password" in notice.subject


def test_the_password_is_not_changed_without_the_current_one(visitor: Visitor) -> None:
    visitor.settle()

    wrong = visitor.send(
        "POST", "/api/auth/password/change", {"current_password": "no no no", "password": NEW}
    )
    weak = visitor.send(
        "POST", "/api/auth/password/change", {"current_password": PASSWORD, "password": "12345678"}
    )

    assert (wrong["statusCode"], json_of(wrong)["code"]) == (400, "bad_credentials")
    assert weak["statusCode"] == 422
    assert visitor.log_in()["statusCode"] == 200


def test_a_new_address_counts_once_its_letter_is_answered(visitor: Visitor) -> None:
    visitor.settle()
    change = {"email": "Alice@New.example.com", "password": PASSWORD}

    assert visitor.send("POST", "/api/auth/email/change", change)["statusCode"] == 202
    confirm, asked = sorted(visitor.letters(), key=lambda each: "@New" in each.to, reverse=True)
    assert json_of(visitor.send("GET", "/api/users/me"))["email"] == "alice@example.com"
    confirmed = visitor.verify(confirm)

    assert confirm.to == "Alice@new.example.com"
    assert asked.to == "alice@example.com"
    assert json_of(confirmed)["email"] == "Alice@new.example.com"
    (told,) = visitor.letters()
    assert told.to == "alice@example.com"
    assert visitor.log_in("alice@example.com")["statusCode"] == 401
    assert visitor.log_in("alice@new.example.com")["statusCode"] == 200


def test_an_address_that_somebody_else_has_cannot_become_ones_own(visitor: Visitor) -> None:
    visitor.settle()
    bob = Visitor(visitor.database)
    bob.settle("bob@example.com")

    asked = bob.send(
        "POST", "/api/auth/email/change", {"email": "ALICE@example.com", "password": PASSWORD}
    )

    assert asked["statusCode"] == 202
    assert [each.to for each in bob.letters()] == ["bob@example.com"]


def test_whoever_signs_up_first_has_the_address(visitor: Visitor) -> None:
    visitor.settle()
    change = {"email": "new@example.com", "password": PASSWORD}
    visitor.send("POST", "/api/auth/email/change", change)
    confirm = next(each for each in visitor.letters() if each.to == "new@example.com")
    Visitor(visitor.database).sign_up("new@example.com")

    late = visitor.verify(confirm)

    assert (late["statusCode"], json_of(late)["code"]) == (409, "email_taken")


def test_a_change_of_address_is_stopped_by_a_change_of_password(visitor: Visitor) -> None:
    visitor.settle()
    change = {"email": "new@example.com", "password": PASSWORD}
    visitor.send("POST", "/api/auth/email/change", change)
    confirm = next(each for each in visitor.letters() if each.to == "new@example.com")
    visitor.send(
        "POST", "/api/auth/password/change", {"current_password": PASSWORD, "password": NEW}
    )

    assert visitor.verify(confirm)["statusCode"] == 400


def test_the_same_address_is_no_change(visitor: Visitor) -> None:
    visitor.settle()
    same = {"email": "alice@example.com", "password": PASSWORD}

    refused = visitor.send("POST", "/api/auth/email/change", same)

    assert (refused["statusCode"], json_of(refused)["code"]) == (422, "same_address")
