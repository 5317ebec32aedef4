from pathlib import Path

from infra.local.servers.cloudinary import Cloudinary


def test_a_secret_that_begins_with_a_dash_is_no_option(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("-secret")

    command = Cloudinary(tmp_path).program().command

    assert "--secret=-secret" in command
