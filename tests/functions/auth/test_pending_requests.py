"""A change of credentials voids what was asked for before; letters say what their cause fixed."""

from collections.abc import Callable

import pytest

from tests.auth_client import PASSWORD, AuthClient
from tests.clients import Response
from tests.clock import FrozenClock
from tests.outbox import token_in

NEW = "nine loud herons"


def ask_to_move(client: AuthClient, to: str, password: str = PASSWORD) -> None:
    change = {"email": to, "password": password}
    assert client.request("POST", "/api/auth/email/change", change).status == 202


def move(client: AuthClient, to: str) -> None:
    ask_to_move(client, to)
    confirm = next(each for each in client.letters() if each.to == to)
    assert client.verify(confirm).status == 200


def change_password(client: AuthClient) -> None:
    change = {"current_password": PASSWORD, "password": NEW}
    assert client.request("POST", "/api/auth/password/change", change).status == 204


def log_out_everywhere(client: AuthClient) -> None:
    assert client.request("POST", "/api/auth/logout-all").status == 204


def reset_password(client: AuthClient) -> None:
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    letters = [each for each in client.letters() if "/reset-password" in each.text]
    body = {"token": token_in(letters[-1]), "password": NEW}
    assert client.request("POST", "/api/auth/password/reset", body).status == 204


CHANGES = [change_password, log_out_everywhere, reset_password]


@pytest.mark.parametrize("change", CHANGES)
def test_a_letter_that_is_composed_after_the_change_moves_nobody(
    client: AuthClient, change: Callable[[AuthClient], None]
) -> None:
    """Somebody who knew the old password asked; the letter was not on its way yet."""
    client.sign_up_and_log_in()
    ask_to_move(client, "stranger@example.com")

    change(client)

    assert [each.to for each in client.letters() if each.to != "alice@example.com"] == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_letter_that_had_arrived_before_the_change_moves_nobody(
    client: AuthClient, change: Callable[[AuthClient], None]
) -> None:
    client.sign_up_and_log_in()
    ask_to_move(client, "stranger@example.com")
    confirm = next(each for each in client.letters() if each.to == "stranger@example.com")

    change(client)

    assert client.verify(confirm).status == 400


@pytest.mark.parametrize("change", [change_password, log_out_everywhere])
def test_a_reset_that_was_asked_for_before_the_change_is_void(
    client: AuthClient, change: Callable[[AuthClient], None]
) -> None:
    client.sign_up_and_log_in()
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})
    (arrived,) = client.letters()
    client.request("POST", "/api/auth/password/forgot", {"email": "alice@example.com"})

    change(client)

    late = [each for each in client.letters() if "/reset-password" in each.text]
    body = {"token": token_in(arrived), "password": "ten loud herons"}
    assert late == []
    assert client.request("POST", "/api/auth/password/reset", body).status == 400


def test_each_address_of_two_quick_moves_is_told(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    for to in ("second@example.com", "third@example.com"):
        ask_to_move(client, to)
    confirm = next(each for each in client.letters() if each.to == "third@example.com")
    client.verify(confirm)
    ask_to_move(client, "fourth@example.com")
    _answer_unopened(client, "fourth@example.com")

    notified = [
        (each.to, each.subject) for each in client.letters() if "has changed" in each.subject
    ]

    assert [to for to, _ in notified] == ["alice@example.com", "third@example.com"]


def _answer_unopened(client: AuthClient, address: str) -> None:
    """Answer the letter to one address while the notices still lie in the outbox."""
    from sqlalchemy import select

    from kith.accounts.email_composers import ACCOUNT_COMPOSERS
    from kith.mail.models import OutboxLetter
    from kith.mail.outbox import Letter

    with client.database.writing() as work:
        row = work.session.scalars(
            select(OutboxLetter)
            .where(OutboxLetter.kind == "confirm_address", OutboxLetter.state == "pending")
            .order_by(OutboxLetter.id.desc())
        ).first()
        assert row is not None
        assert row.user_id is not None
        letter = Letter(row.id, row.kind, row.user_id, row.data, row.key, 1, row.created_at)
        message = ACCOUNT_COMPOSERS[row.kind](work, letter)
    assert message.to == address
    assert client.verify(message).status == 200


def test_a_notice_goes_to_the_address_of_its_cause_and_names_what_it_was_about(
    client: AuthClient,
) -> None:
    """The notice about a wish is written even when the wish is void by now."""
    client.sign_up_and_log_in()
    ask_to_move(client, "stranger@example.com")
    change_password(client)

    asked, changed = client.letters()

    assert (asked.to, changed.to) == ("alice@example.com", "alice@example.com")
    assert "stranger@example.com" in asked.text
    assert "password" in changed.subject


def undo_token(client: AuthClient, address: str = "alice@example.com") -> str:
    notice = next(
        each for each in client.letters() if each.to == address and "/undo-email" in each.text
    )
    return token_in(notice)


def undo(client: AuthClient, token: str) -> Response:
    return client.request("POST", "/api/auth/email/undo", {"token": token}, identity=None)


def test_a_change_of_address_can_be_undone_by_the_old_one(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")
    token = undo_token(client)

    undone = undo(client, token)

    assert undone.status == 200
    assert undone.body["email"] == "alice@example.com"
    assert undone.headers["etag"] == undone.body["etag"]
    assert client.refresh().status == 401, "whoever moved the account is signed out"
    assert client.log_in("stranger@example.com").status == 401
    assert client.log_in().status == 200


def test_an_undone_change_is_told_to_both_and_offers_a_new_password(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")

    undo(client, undo_token(client))

    letters = client.letters()
    assert sorted(each.to for each in letters) == [
        "alice@example.com",
        "alice@example.com",
        "stranger@example.com",
    ]
    reset = next(each for each in letters if "/reset-password" in each.text)
    assert reset.to == "alice@example.com"
    body = {"token": token_in(reset), "password": NEW}
    assert client.request("POST", "/api/auth/password/reset", body).status == 204


def test_whatever_else_the_stranger_changed_the_undo_counts(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")
    token = undo_token(client)
    change_password(client)
    log_out_everywhere(client)

    assert undo(client, token).status == 200


def test_an_undo_counts_for_72_hours_from_the_change_and_once(
    client: AuthClient, clock: FrozenClock
) -> None:
    clock.set_offset(0)
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")
    clock.set_offset(71 * 3600)
    token = undo_token(client)  # a letter that was late counts no longer for it
    clock.set_offset(72 * 3600 + 1)

    late = undo(client, token)
    clock.set_offset(72 * 3600 - 60)

    assert (late.status, late.body["code"]) == (400, "token_invalid")
    assert undo(client, token).status == 200
    assert undo(client, token).status == 400


def test_the_first_of_two_moves_can_be_undone_and_takes_the_second_with_it(
    client: AuthClient,
) -> None:
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")
    first = undo_token(client)
    move(client, "another@example.com")
    second = undo_token(client, "stranger@example.com")

    assert undo(client, first).body["email"] == "alice@example.com"
    assert undo(client, second).status == 400


def test_undoing_the_second_of_two_moves_leaves_the_first_to_be_undone(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")
    first = undo_token(client)
    move(client, "another@example.com")

    assert undo(client, undo_token(client, "stranger@example.com")).body["email"] == (
        "stranger@example.com"
    )
    assert undo(client, first).body["email"] == "alice@example.com"


def test_nobody_keeps_an_old_address_by_signing_up_with_it(client: AuthClient) -> None:
    """An account that nobody ever proved gives way to whoever reads the mailbox."""
    client.sign_up_and_log_in()
    move(client, "stranger@example.com")
    token = undo_token(client)
    assert AuthClient(client.database).sign_up("alice@example.com").status == 201

    assert undo(client, token).body["email"] == "alice@example.com"


def test_an_old_address_that_was_proven_anew_is_not_taken_away(client: AuthClient) -> None:
    client.sign_up_and_log_in()
    move(client, "new@example.com")
    token = undo_token(client)
    AuthClient(client.database).sign_up_and_log_in("alice@example.com")

    late = undo(client, token)

    assert (late.status, late.body["code"]) == (409, "email_taken")
    assert client.log_in("new@example.com").status == 200


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 200])
def test_a_made_up_token_undoes_nothing(client: AuthClient, token: str) -> None:
    assert undo(client, token).status == 400
