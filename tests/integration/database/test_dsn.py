"""Where the database is, and the token that opens it on RDS."""

from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from kith.database.dsn import DatabaseUrl, sign_in_token


def test_an_address_is_taken_apart() -> None:
    address = DatabaseUrl.read("postgresql://kith:p%40ss@db.example.com:5433/book?sslmode=disable")

    arguments = address.arguments()

    assert arguments["user"] == "kith"
    assert arguments["password"] == "p@ss"
    assert (arguments["host"], arguments["port"]) == ("db.example.com", 5433)
    assert arguments["database"] == "book"
    assert arguments["ssl_context"] is False
    assert (arguments["timeout"], arguments["patience"]) == (2, 5)


def test_a_token_is_what_aws_itself_would_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    host, port, user = "db.example.com", 5432, "kith_app"

    ours = sign_in_token(host, port, user)

    theirs = boto3.client("rds", region_name="eu-central-1").generate_db_auth_token(
        DBHostname=host, Port=port, DBUsername=user
    )
    assert _facts(ours) == _facts(theirs)


def test_by_token_means_a_token_of_this_moment() -> None:
    url = "postgresql://kith_app@db.example.com/kith?sslmode=verify-full&iam=true"

    arguments = DatabaseUrl.read(url).arguments()

    assert "Action=connect" in str(arguments["password"])
    assert arguments["ssl_context"]
    assert arguments["ssl_context"].check_hostname


def _facts(token: str) -> tuple[str, set[str], list[str], list[str]]:
    parts = urlsplit(f"https://{token}")
    query = parse_qs(parts.query)
    scope = query["X-Amz-Credential"][0].split("/")[2:]
    return parts.netloc, set(query), query["X-Amz-Expires"], scope
