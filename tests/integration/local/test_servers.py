"""The real PostgreSQL and Valkey that `make run` and the tests start out of wheels."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pg8000.dbapi as pg8000
import pytest
import redis

from infra.local.configuration import StartupError
from infra.local.servers import postgres, process, valkey
from infra.local.servers.postgres import Postgres
from infra.local.servers.process import LOOPBACK
from tests.waiting import wait_until

HOLDER = """
import sys, time
from pathlib import Path
from infra.local.servers import postgres, valkey
with postgres.running(Path(sys.argv[1]) / "pg"), valkey.running(Path(sys.argv[1]) / "vk"):
    print("up", flush=True)
    time.sleep(3600)
"""


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    parts = urlsplit(url)
    with closing(
        pg8000.connect(
            user=parts.username,
            password=parts.password,
            host=parts.hostname,
            port=parts.port,
            database=parts.path[1:],
        )
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        connection.commit()
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


def test_postgres_keeps_rows_and_its_port_over_a_restart(tmp_path: Path) -> None:
    with postgres.running(tmp_path) as first:
        query(first, "create table friends as select 'Іван' as name")

    with postgres.running(tmp_path) as second:
        rows = query(second, "select name from friends")

    assert rows == [("Іван",)]
    assert first == second


def test_postgres_is_what_production_has(tmp_path: Path) -> None:
    with postgres.running(tmp_path) as url:
        answer = query(
            url,
            "select current_setting('server_version_num')::int / 10000,"
            " current_setting('synchronous_commit'), current_setting('fsync'),"
            " current_setting('TimeZone'), lower('ЇЩ'), datlocale"
            " from pg_database where datname = current_database()",
        )

    assert answer == [(18, "on", "on", "UTC", "їщ", "C.UTF-8")]


def test_postgres_wants_its_password_and_keeps_it_private(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False) as url:
        wrong = url.replace(str(urlsplit(url).password), "guess")

        assert postgres.answers(url)
        assert not postgres.answers(wrong)
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0


def test_postgres_starts_after_a_kill_that_left_its_files(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    with process.running(server.program()) as server_process:
        query(server.url, "create table friends as select 1 as id")
        server_process.kill()
        server_process.wait()
        assert (tmp_path / "data" / "postmaster.pid").exists()

    with postgres.running(tmp_path) as url:
        assert query(url, "select id from friends") == [(1,)]


def test_postgres_is_not_fooled_by_a_pid_that_is_somebody_elses_now(tmp_path: Path) -> None:
    with postgres.running(tmp_path):
        stale = (tmp_path / "data" / "postmaster.pid").read_text()
    _, _, rest = stale.partition("\n")
    (tmp_path / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{rest}")

    with postgres.running(tmp_path) as url:
        assert postgres.answers(url)


def test_half_a_cluster_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "data.unfinished").mkdir()
    (tmp_path / "data.unfinished" / "PG_VERSION").write_text("18\n")

    with postgres.running(tmp_path, durable=False) as url:
        assert postgres.answers(url)


def test_a_cluster_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "PG_VERSION").write_text("9.6\n")

    with (
        pytest.raises(StartupError, match=r"PostgreSQL did not start: .*9\.6"),
        postgres.running(tmp_path, durable=False),
    ):
        pass


def test_a_taken_port_is_exchanged(tmp_path: Path) -> None:
    with postgres.running(tmp_path, durable=False) as first:
        pass
    with (
        socket.create_server((LOOPBACK, urlsplit(first).port or 0)),
        postgres.running(tmp_path, durable=False) as second,
    ):
        assert urlsplit(second).port != urlsplit(first).port
        assert postgres.answers(second)


def test_valkey_keeps_its_keys_over_a_kill(tmp_path: Path) -> None:
    server = valkey.Valkey(tmp_path)
    with process.running(server.program()) as server_process:
        with closing(redis.Redis.from_url(server.url)) as client:
            client.set("friend", "Іван")
            client.waitaof(1, 0, 0)
        server_process.kill()

    with valkey.running(tmp_path) as url, closing(redis.Redis.from_url(url)) as client:
        assert client.get("friend") == "Іван".encode()
        assert str(client.info("server")["valkey_version"]).startswith("9.")


def test_valkey_wants_its_password(tmp_path: Path) -> None:
    with valkey.running(tmp_path, durable=False) as url:
        nobody = url.replace(str(urlsplit(url).password), "guess")
        with (
            closing(redis.Redis.from_url(nobody)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    assert (tmp_path / "valkey.conf").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_killed_parent_leaves_no_server_behind(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "up\n"
    with holder.stdout:
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    wait_until(lambda: servers_in(tmp_path) == [])


def servers_in(directory: Path) -> list[str]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    lines = (process.command_line(pid) for pid in pids)
    return [line for line in lines if str(directory) in line]
