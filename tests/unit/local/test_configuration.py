"""What the local cloud is told by the environment and by `.env`."""

from pathlib import Path

import pytest

from infra.local.configuration import StartupError, dotenv, load, read


def test_told_nothing_it_serves_on_8000_out_of_a_hidden_folder(tmp_path: Path) -> None:
    found = read({}, tmp_path)

    assert (found.port, found.directory) == (8000, tmp_path / ".local")
    assert (found.database_url, found.redis_url, found.endpoint("ses")) == (None, None, None)


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    assert read({"DATABASE_URL": "", "PORT": ""}, tmp_path) == read({}, tmp_path)


def test_a_service_of_its_own_address_comes_before_the_common_one(tmp_path: Path) -> None:
    found = read(
        {"AWS_ENDPOINT_URL": "http://a:1/", "AWS_ENDPOINT_URL_SQS": "http://b:2"}, tmp_path
    )

    assert [found.endpoint(name) for name in ("sqs", "ses")] == ["http://b:2", "http://a:1"]


def test_settings_of_the_functions_are_kept_for_them(tmp_path: Path) -> None:
    found = read({"KITH_PASSWORD_COST": "4", "KITH_LOCAL_DIR": "x", "HOME": "/"}, tmp_path)

    assert dict(found.kith) == {"KITH_PASSWORD_COST": "4"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("KITH_PASWORD_COST", "did you mean KITH_PASSWORD_COST"),
        ("KITH_XYZ", "docs/settings.md lists them all"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused(name: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=f"{name} is no setting of Kith; {hint}"):
        read({name: "4"}, tmp_path)


def test_addresses_for_docker_compose_are_none_of_its_business(tmp_path: Path) -> None:
    assert read({"KITH_COMPOSE_POSTGRES": "5432"}, tmp_path).port == 8000


@pytest.mark.parametrize("port", ["http", "-1", "65536", "80.5", "８０"])
def test_a_port_is_a_number(port: str, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="PORT must be a number"):
        read({"PORT": port}, tmp_path)


def test_dotenv_knows_comments_quotes_and_export(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\n\nPORT=8001\nexport A = 'x # y'\nB=\"q\"\nC=plain # why\nD=a=b#c\n"
    )

    assert dotenv(tmp_path / ".env") == {
        "PORT": "8001",
        "A": "x # y",
        "B": "q",
        "C": "plain",
        "D": "a=b#c",
    }


def test_a_line_that_is_no_assignment_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1\nnonsense\n")

    with pytest.raises(StartupError, match=r"\.env line 2: expected NAME=value"):
        dotenv(tmp_path / ".env")


def test_the_environment_wins_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nKITH_MAIL_FROM=a@b.c\n")
    monkeypatch.setenv("PORT", "8002")

    found = load(tmp_path)

    assert (found.port, found.kith["KITH_MAIL_FROM"]) == (8002, "a@b.c")


def test_log_lines_are_json_only_when_that_is_wanted(tmp_path: Path) -> None:
    assert not read({}, tmp_path).log_json
    assert read({"LOG": "json"}, tmp_path).log_json
    with pytest.raises(StartupError, match="LOG is json"):
        read({"LOG": "text"}, tmp_path)
