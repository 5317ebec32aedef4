"""A supervised program comes back however often it dies, and a hopeless one says why it cannot."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest

from infra.local.configuration import StartupError
from infra.local.servers.process import Program, free_port, listens
from infra.local.servers.supervisor import Child
from tests.waiting import HANG_SECONDS, async_wait_until

LISTENER = (
    "import signal, socket, sys, time; {before}"
    "s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); "
)


def listener(folder: Path, *, before: str = "", then: str = "time.sleep(600)") -> Program:
    port = free_port()
    return Program(
        name="the listener",
        command=[sys.executable, "-c", LISTENER.format(before=before) + then, str(port)],
        log=folder / "server.log",
        ready=lambda: listens(port),
        address=f"127.0.0.1:{port}",
    )


def has_restarted(child: Child, times: int) -> bool:
    return restarts(child) == times


def restarts(child: Child) -> object:
    return child.state()["restarts"]


def test_a_killed_child_serves_again_and_is_furnished_again(tmp_path: Path) -> None:
    furnished: list[int] = []

    async def furnish() -> None:
        furnished.append(1)

    async def scene() -> None:
        child = Child(listener(tmp_path), on_ready=furnish, say=lambda _: None)
        await child.start()
        for deaths in (1, 2, 3):
            os.kill(int(str(child.state()["pid"])), signal.SIGKILL)
            await async_wait_until(partial(has_restarted, child, deaths))
            await child.serving()
        await child.stop()

    asyncio.run(scene())

    assert len(furnished) == 4


def test_one_that_dies_at_once_is_started_with_growing_pauses(tmp_path: Path) -> None:
    lines: list[str] = []
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    async def scene() -> None:
        program = listener(tmp_path, then="time.sleep(.1)")
        child = Child(program, say=lines.append, pause=pause, steady_after_s=HANG_SECONDS)
        await child.start()
        await async_wait_until(lambda: len(pauses) >= 8)
        await child.stop()

    asyncio.run(scene())

    assert pauses[:8] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert lines[0] == "the listener ended (0); it is started again"


def test_one_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        program = listener(tmp_path, then="sys.exit('no room on the disk')")
        program.log.write_text("")
        child = Child(
            Program(program.name, program.command, program.log, ready=lambda: False),
            say=lambda _: None,
        )
        with pytest.raises(StartupError, match="the listener did not start: no room on the disk"):
            await child.start()
        assert child.state()["pid"] is None

    asyncio.run(scene())


def test_one_that_ignores_the_signal_is_ended_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.servers.supervisor.STOPPED_WITHIN_S", 0.3)
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); "

    async def scene() -> dict[str, object]:
        child = Child(listener(tmp_path, before=deaf), say=lambda _: None)
        await child.start()
        await child.stop()
        return child.state()

    assert asyncio.run(scene())["pid"] is None
