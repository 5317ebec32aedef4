"""Workers that die, hang, are too few or too many: what clients notice of it."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from infra.local.lambdas.invocation import Throttled
from infra.local.lambdas.pool import Bounds
from tests.integration.local.conftest import TEMPLATE, Cloud, Serve

pytestmark = pytest.mark.anyio


async def test_one_worker_serves_one_request_at_a_time(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=1)) as cloud:
        await cloud.ask("/open")
        asked = [cloud.ask("/open?do=sleep&seconds=0.2") for _ in range(3)]

        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(*asked)

        assert asyncio.get_running_loop().time() - began >= 0.6
        assert len({answer.json()["pid"] for answer in answers}) == 1


async def test_the_pool_grows_with_concurrency_and_no_further_than_its_bound(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=3)) as cloud:
        asked = [cloud.ask("/open?do=sleep&seconds=0.5") for _ in range(8)]

        answers = await asyncio.gather(*asked)

        assert Counter(answer.status_code for answer in answers) == {200: 8}
        assert len({answer.json()["pid"] for answer in answers}) == 3
        assert len(cloud.pids()) == 3


async def test_reserved_concurrency_is_a_bound(serve: Serve) -> None:
    template = TEMPLATE.replace(
        "CodeUri: echo", "CodeUri: echo\n      ReservedConcurrentExecutions: 1"
    )
    async with serve(template=template) as cloud:
        asked = [cloud.ask("/open?do=sleep&seconds=0.1") for _ in range(3)]

        answers = await asyncio.gather(*asked)

        assert len({answer.json()["pid"] for answer in answers}) == 1


async def test_the_pool_shrinks_when_idle(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=3, idle=0.3)) as cloud:
        await asyncio.gather(*(cloud.ask("/open?do=sleep&seconds=0.3") for _ in range(3)))

        await cloud.until(lambda: len(cloud.pids()) == 1)

        assert (await cloud.ask("/open")).status_code == 200


async def test_more_than_can_wait_are_told_to_come_again(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=1, waiting=2)) as cloud:
        await idle_worker(cloud)
        asked = [cloud.ask("/open?do=sleep&seconds=1") for _ in range(6)]

        answers = await asyncio.gather(*asked)

        refused = [answer for answer in answers if answer.status_code == 503]
        assert Counter(answer.status_code for answer in answers) == {200: 3, 503: 3}
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}


async def test_a_wait_that_is_too_long_ends(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=1, patience=0.2)) as cloud:
        await cloud.until(lambda: any_idle(cloud))
        pid = await idle_worker(cloud)
        busy = asyncio.create_task(cloud.ask("/open?do=sleep&seconds=1.5"))
        await cloud.until(lambda: is_busy(cloud, pid))

        assert (await cloud.ask("/open")).status_code == 503
        assert (await busy).status_code == 200


async def test_a_function_that_takes_too_long_is_ended(serve: Serve) -> None:
    async with serve() as cloud:
        before = (await cloud.ask("/open")).json()["pid"]

        response = await cloud.ask("/open?do=sleep&seconds=9")

        assert response.status_code == 503
        assert (await cloud.ask("/open")).json()["pid"] != before
        assert any("timed out after 2.00 seconds" in line for line in cloud.lines)
        assert not alive(before)


async def test_a_timeout_is_told_in_lambdas_words(serve: Serve) -> None:
    async with serve() as cloud:
        invoked = await cloud.functions.invoke("EchoFunction", b'{"do": "sleep", "seconds": 9}')

        assert invoked.error == "Unhandled"
        assert b"Task timed out after 2.00 seconds" in invoked.payload
        assert b"Sandbox.Timedout" in invoked.payload


async def test_a_process_that_exits_is_told_and_replaced(serve: Serve) -> None:
    async with serve() as cloud:
        invoked = await cloud.functions.invoke("EchoFunction", b'{"do": "exit"}')

        assert b"Runtime.ExitError" in invoked.payload
        assert b"exit status 3" in invoked.payload
        assert (await cloud.ask("/open")).status_code == 200


async def test_a_worker_killed_in_the_middle_of_a_request_is_503_and_replaced(
    serve: Serve,
) -> None:
    async with serve() as cloud:
        pid = await idle_worker(cloud)
        busy = asyncio.create_task(cloud.ask("/open?do=sleep&seconds=1"))
        await cloud.until(lambda: is_busy(cloud, pid))
        await asyncio.sleep(0.1)

        os.kill(pid, signal.SIGKILL)
        response = await busy

        assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
        assert response.headers["retry-after"] == "1"
        assert (await cloud.ask("/open")).status_code == 200


async def test_no_client_sees_that_every_idle_worker_was_killed(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=4)) as cloud:
        await asyncio.gather(*(cloud.ask("/open?do=sleep&seconds=0.5") for _ in range(8)))
        assert len(cloud.pids()) > 1

        for _ in range(5):
            await cloud.until(lambda: any_idle(cloud))
            for pid in cloud.pids():
                os.kill(pid, signal.SIGKILL)
            assert (await cloud.ask("/open")).status_code == 200


async def test_an_event_that_a_stopped_worker_never_read_goes_to_another(serve: Serve) -> None:
    """SIGSTOP keeps the worker from reading the event that is written to its socket."""
    async with serve(bounds=Bounds(workers=1)) as cloud:
        pid = await idle_worker(cloud)
        os.kill(pid, signal.SIGSTOP)
        asked = asyncio.create_task(cloud.ask("/open"))
        await cloud.until(lambda: is_busy(cloud, pid))

        os.kill(pid, signal.SIGKILL)
        response = await asked

        assert response.status_code == 200
        assert response.json()["pid"] != pid


async def test_under_fire_every_answer_is_200_or_503(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=3)) as cloud:
        await cloud.ask("/open")
        statuses: Counter[int] = Counter()

        async def client() -> None:
            for _ in range(60):
                statuses[(await cloud.ask("/open?do=sleep&seconds=0.005")).status_code] += 1

        async def killer() -> None:
            for _ in range(10):
                await asyncio.sleep(0.05)
                for pid in cloud.pids()[:1]:
                    if pid is not None and alive(pid):
                        os.kill(pid, signal.SIGKILL)

        await asyncio.gather(killer(), *(client() for _ in range(4)))

        assert set(statuses) <= {200, 503}
        assert statuses[503] <= 10
        assert (await cloud.ask("/open")).status_code == 200


async def test_a_worker_killed_while_it_starts_is_started_again(serve: Serve) -> None:
    async with serve() as cloud:
        await cloud.until(lambda: any(cloud.pids()))
        asked = asyncio.create_task(cloud.ask("/open"))

        os.kill(cloud.pids()[0], signal.SIGKILL)

        assert (await asked).status_code == 200


async def test_an_answer_larger_than_lambdas_is_an_error_and_the_next_request_is_served(
    serve: Serve,
) -> None:
    async with serve() as cloud:
        invoked = await cloud.functions.invoke("EchoFunction", b'{"do": "big"}')

        assert b"Function.ResponseSizeTooLarge" in invoked.payload
        assert (await cloud.ask("/open")).status_code == 200


async def test_a_function_with_a_syntax_error_is_503_and_says_where(serve: Serve) -> None:
    async with serve() as cloud:
        response = await cloud.ask("/broken")

        assert response.status_code == 503
        assert any("Syntax error" in line and "Line 1" in line for line in cloud.lines)
        assert "SyntaxError" in cloud.functions.state()["BrokenFunction"]["trouble"]


async def test_a_function_that_cannot_start_is_not_started_for_every_request(serve: Serve) -> None:
    async with serve(bounds=Bounds(calm=30)) as cloud:
        await cloud.ask("/broken")
        lines = len(cloud.lines)

        for _ in range(5):
            assert (await cloud.ask("/broken")).status_code == 503

        assert not any("worker" in line for line in cloud.lines[lines:])


async def test_an_asynchronous_event_is_tried_three_times(serve: Serve) -> None:
    discarded: list[bytes] = []

    async def keep(function: object, payload: bytes, invoked: object) -> None:
        discarded.append(payload)

    bounds = Bounds(retry_delays=(0.05, 0.05))
    async with serve(bounds=bounds, discarded=keep) as cloud:
        await cloud.functions.invoke("EchoFunction", b'{"do": "raise"}', "Event")

        await cloud.until(lambda: bool(discarded))

        await cloud.until(lambda: sum("ValueError: not today" in line for line in cloud.lines) == 3)
        assert discarded == [b'{"do": "raise"}']


async def test_a_throttled_asynchronous_event_comes_again(serve: Serve) -> None:
    async with serve(bounds=Bounds(workers=1, waiting=0)) as cloud:
        await cloud.until(lambda: any_idle(cloud))
        busy = asyncio.create_task(cloud.ask("/open?do=sleep&seconds=1"))
        await cloud.until(lambda: not any_idle(cloud))
        with pytest.raises(Throttled):
            await cloud.functions.invoke("EchoFunction", b"{}")
        await cloud.functions.invoke("EchoFunction", b'{"do": "print"}', "Event")

        await cloud.until(lambda: any("a word from" in line for line in cloud.lines))
        await busy


async def test_without_the_compiled_client_the_portable_one_serves(serve: Serve) -> None:
    async with serve(portable=True) as cloud:
        answers = [await cloud.ask("/open") for _ in range(3)]
        invoked = await cloud.functions.invoke("EchoFunction", b'{"do": "raise"}')

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert "portable" in answers[0].json()["environment"]["PYTHONPATH"]
        assert b"not today" in invoked.payload


async def test_when_the_cloud_stops_no_worker_is_left(serve: Serve) -> None:
    async with serve() as cloud:
        await asyncio.gather(*(cloud.ask("/open?do=sleep&seconds=0.2") for _ in range(4)))
        pids = [pid for name in cloud.stack.functions for pid in cloud.pids(name)]

    assert pids
    assert not any(alive(pid) for pid in pids)


async def test_saved_code_is_served_after_the_current_request(serve: Serve) -> None:
    async with serve() as cloud:
        await cloud.ask("/open")
        busy = asyncio.create_task(cloud.ask("/open?do=sleep&seconds=0.5"))
        await asyncio.sleep(0.1)

        replace(cloud.folder / "echo", "def handler(event, context): return 'new'")
        await cloud.functions.reload(["EchoFunction"])

        assert (await cloud.ask("/open")).json() == "new"
        assert (await busy).json()["pid"]


async def test_a_mended_function_serves_at_once(serve: Serve) -> None:
    async with serve(bounds=Bounds(calm=30)) as cloud:
        assert (await cloud.ask("/broken")).status_code == 503

        replace(cloud.folder / "broken", "def handler(event, context): return 'mended'")
        await cloud.functions.reload(["BrokenFunction"])

        assert (await cloud.ask("/broken")).json() == "mended"


async def idle_worker(cloud: Cloud) -> int:
    """The one worker that has served a request and waits for the next."""
    pid: int = (await cloud.ask("/open")).json()["pid"]
    await cloud.until(lambda: any_idle(cloud))
    return pid


def replace(folder: Path, source: str) -> None:
    (folder / "app.py").write_text(source)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_busy(cloud: Cloud, pid: int) -> bool:
    workers = cloud.functions.state()["EchoFunction"]["workers"]
    return any(worker["pid"] == pid and worker["state"] == "busy" for worker in workers)


def any_idle(cloud: Cloud) -> bool:
    workers = cloud.functions.state()["EchoFunction"]["workers"]
    return any(worker["state"] == "idle" for worker in workers)
