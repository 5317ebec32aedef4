from datetime import timedelta

import pytest

from kith.settings import SettingsError, read_settings


def test_an_empty_environment_is_a_deployed_stack_with_the_defaults() -> None:
    found = read_settings({})

    assert found.stage == "prod"
    assert found.access_token_life == timedelta(minutes=15)


def test_a_life_is_given_in_seconds() -> None:
    found = read_settings({"KITH_ACCESS_TOKEN_SECONDS": "600"})

    assert found.access_token_life == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("KITH_STAGE", "production"),
        ("KITH_PUBLIC_BASE_URL", "kith.example.com"),
        ("KITH_PUBLIC_BASE_URL", "https://kith.example.com/"),
        ("KITH_PASSWORD_MIN", "0"),
        ("KITH_PASSWORD_MIN", "eight"),
        ("KITH_ACCESS_TOKEN_SECONDS", "-1"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_its_variable(
    variable: str, text: str
) -> None:
    with pytest.raises(SettingsError, match=variable):
        read_settings({variable: text})


@pytest.mark.parametrize("stage", ["dev", "prod"])
@pytest.mark.parametrize(
    ("variable", "weak", "strong"),
    [
        ("KITH_PASSWORD_MIN", "7", "8"),
        ("KITH_PASSWORD_COST", "9", "10"),
        ("KITH_REFRESH_GRACE_SECONDS", "61", "60"),
        ("KITH_SESSION_SECONDS", "2592001", "2592000"),
        ("KITH_SESSION_CACHE_SECONDS", "61", "60"),
        ("KITH_ACCESS_TOKEN_SECONDS", "3601", "3600"),
        ("KITH_VERIFICATION_SECONDS", "86401", "86400"),
        ("KITH_RESET_SECONDS", "3601", "3600"),
        ("KITH_LOGIN_FAILURES_MOST", "101", "100"),
    ],
)
def test_a_deployed_stack_refuses_to_be_weakened(
    stage: str, variable: str, weak: str, strong: str
) -> None:
    with pytest.raises(SettingsError, match=variable):
        read_settings({"KITH_STAGE": stage, variable: weak})

    read_settings({"KITH_STAGE": stage, variable: strong})
    read_settings({"KITH_STAGE": "local", variable: weak})


def test_a_deployed_stack_refuses_a_clock() -> None:
    with pytest.raises(SettingsError, match="KITH_CLOCK_FILE"):
        read_settings({"KITH_STAGE": "prod", "KITH_CLOCK_FILE": "/somewhere"})


def test_lambda_itself_refuses_a_clock_whatever_stage_it_claims() -> None:
    environment = {
        "KITH_STAGE": "local",
        "KITH_CLOCK_FILE": "/somewhere",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    }

    with pytest.raises(SettingsError, match="KITH_CLOCK_FILE"):
        read_settings(environment)
