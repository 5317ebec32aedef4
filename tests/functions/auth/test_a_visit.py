"""The way in: sign up, answer the letter, log in, look at oneself."""

from tests.events import json_of
from tests.visitor import Visitor


def test_a_newcomer_signs_up_verifies_logs_in_and_sees_their_account(visitor: Visitor) -> None:
    made = visitor.sign_up("Alice@Example.com", username="Alice", time_zone="Europe/Kyiv")
    (letter,) = visitor.letters()
    verified = visitor.verify(letter)
    logged_in = visitor.log_in("ALICE@example.com")
    me = visitor.send("GET", "/api/users/me")

    assert made["statusCode"] == 201
    assert made["headers"]["location"].endswith("/api/users/me")
    assert json_of(made)["verified"] is False
    assert letter.to == "Alice@example.com"
    assert json_of(verified)["verified"] is True
    assert json_of(logged_in)["token_type"] == "bearer"
    assert json_of(logged_in)["expires_in"] == 900
    assert json_of(me)["email"] == "Alice@example.com"
    assert json_of(me)["time_zone"] == "Europe/Kyiv"
    assert me["headers"]["etag"] == json_of(me)["etag"]
