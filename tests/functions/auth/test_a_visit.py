"""The way in: sign up, answer the letter, log in, look at oneself."""

from tests.auth_client import AuthClient


def test_a_newcomer_signs_up_verifies_logs_in_and_sees_their_account(client: AuthClient) -> None:
    made = client.sign_up("Alice@Example.com", username="Alice", time_zone="Europe/Kyiv")
    (letter,) = client.letters()
    verified = client.verify(letter)
    logged_in = client.log_in("ALICE@example.com")
    me = client.request("GET", "/api/users/me")

    assert made.status == 201
    assert made.headers["location"].endswith("/api/users/me")
    assert made.body["verified"] is False
    assert letter.to == "Alice@example.com"
    assert verified.body["verified"] is True
    assert logged_in.body["token_type"] == "bearer"
    assert logged_in.body["expires_in"] == 900
    assert me.body["email"] == "Alice@example.com"
    assert me.body["time_zone"] == "Europe/Kyiv"
    assert me.headers["etag"] == me.body["etag"]
