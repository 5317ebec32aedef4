"""Workers that die, hang, are too few or too many: what clients notice of it."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from infra.local.lambdas.invocation import Throttled
from tests.integration.local.conftest import TEMPLATE, Cloud, Serve, patient
from tests.waiting import HANG_SECONDS, async_wait_until

pytestmark = pytest.mark.anyio

HASTY = TEMPLATE.replace("Timeout: 300", "Timeout: 1")


async def test_one_worker_serves_one_request_at_a_time(serve: Serve) -> None:
    async with serve(bounds=patient(workers=1)) as cloud:
        answers = await asyncio.gather(*(cloud.ask("/open?do=alone") for _ in range(3)))

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert len({answer.json()["pid"] for answer in answers}) == 1


async def test_the_pool_grows_with_concurrency_and_no_further_than_its_bound(serve: Serve) -> None:
    async with serve(bounds=patient(workers=3)) as cloud:
        held = await cloud.hold(3)
        queued = [asyncio.create_task(cloud.ask("/open")) for _ in range(5)]
        await async_wait_until(lambda: waiting(cloud) == 5)
        pids = cloud.pids()
        cloud.release()

        answers = await asyncio.gather(*held, *queued)

        assert Counter(answer.status_code for answer in answers) == {200: 8}
        assert {answer.json()["pid"] for answer in answers} == set(pids)
        assert len(pids) == 3


async def test_reserved_concurrency_is_a_bound(serve: Serve) -> None:
    template = TEMPLATE.replace(
        "CodeUri: echo", "CodeUri: echo\n      ReservedConcurrentExecutions: 1"
    )
    async with serve(template=template) as cloud:
        held = await cloud.hold()
        queued = [asyncio.create_task(cloud.ask("/open")) for _ in range(2)]
        await async_wait_until(lambda: waiting(cloud) == 2)
        cloud.release()

        answers = await asyncio.gather(*held, *queued)

        assert len({answer.json()["pid"] for answer in answers}) == 1


async def test_a_function_with_snapstart_goes_through_a_snapshot_before_it_serves(
    serve: Serve,
) -> None:
    template = TEMPLATE.replace(
        "CodeUri: echo", "CodeUri: echo\n      SnapStart: {ApplyOn: PublishedVersions}"
    )
    hooks = (
        "import snapshot_restore_py as snapshots\n"
        "life = []\n"
        "snapshots.register_before_snapshot(life.append, 'frozen')\n"
        "snapshots.register_after_restore(life.append, 'restored')\n"
        "def handler(event, context): return ' '.join(life)\n"
    )
    async with serve(template=template) as cloud:
        replace(cloud.folder / "echo", hooks)
        await cloud.functions.reload(["EchoFunction"])

        assert (await cloud.ask("/open")).json() == "frozen restored"


async def test_the_pool_shrinks_when_idle(serve: Serve) -> None:
    async with serve(bounds=patient(workers=3, idle=0.3)) as cloud:
        held = await cloud.hold(3)
        cloud.release()
        await asyncio.gather(*held)

        await async_wait_until(lambda: len(cloud.pids()) == 1)

        assert (await cloud.ask("/open")).status_code == 200


async def test_more_than_can_wait_are_told_to_come_again(serve: Serve) -> None:
    async with serve(bounds=patient(workers=1, waiting=2)) as cloud:
        held = await cloud.hold()
        asked = [asyncio.create_task(cloud.ask("/open")) for _ in range(5)]
        await async_wait_until(lambda: sum(task.done() for task in asked) == 3)
        cloud.release()

        answers = await asyncio.gather(*held, *asked)

        refused = [answer for answer in answers if answer.status_code == 503]
        assert Counter(answer.status_code for answer in answers) == {200: 3, 503: 3}
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}


async def test_a_wait_that_is_too_long_ends(serve: Serve) -> None:
    async with serve(bounds=patient(workers=1, patience=0.2)) as cloud:
        await async_wait_until(lambda: any_idle(cloud))
        (busy,) = await cloud.hold()

        assert (await cloud.ask("/open")).status_code == 503
        cloud.release()
        assert (await busy).status_code == 200


async def test_a_function_that_takes_too_long_is_ended(serve: Serve) -> None:
    async with serve(template=HASTY) as cloud:
        await async_wait_until(lambda: any_idle(cloud))
        (before,) = cloud.pids()

        response = await cloud.ask("/open?do=hold")

        assert response.status_code == 503
        assert (await cloud.ask("/open")).json()["pid"] != before
        assert any("timed out after 1.00 seconds" in line for line in cloud.lines)
        await async_wait_until(lambda: not alive(before))


async def test_a_timeout_is_told_in_lambdas_words(serve: Serve) -> None:
    async with serve(template=HASTY) as cloud:
        invoked = await cloud.functions.invoke("EchoFunction", b'{"do": "hold"}')

        assert invoked.error == "Unhandled"
        assert b"Task timed out after 1.00 seconds" in invoked.payload
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
        (busy,) = await cloud.hold()

        os.kill(busy_worker(cloud), signal.SIGKILL)
        response = await busy

        assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
        assert response.headers["retry-after"] == "1"
        assert (await cloud.ask("/open")).status_code == 200


async def test_no_client_sees_that_every_idle_worker_was_killed(serve: Serve) -> None:
    async with serve(bounds=patient(workers=4)) as cloud:
        held = await cloud.hold(4)
        cloud.release()
        await asyncio.gather(*held)

        for _ in range(5):
            await async_wait_until(lambda: any_idle(cloud))
            for pid in cloud.pids():
                os.kill(pid, signal.SIGKILL)
            assert (await cloud.ask("/open")).status_code == 200


async def test_an_event_that_a_stopped_worker_never_read_goes_to_another(serve: Serve) -> None:
    """SIGSTOP keeps the worker from reading the event that is written to its socket."""
    async with serve(bounds=patient(workers=1)) as cloud:
        pid = await idle_worker(cloud)
        os.kill(pid, signal.SIGSTOP)
        asked = asyncio.create_task(cloud.ask("/open"))
        await async_wait_until(lambda: is_busy(cloud, pid))

        os.kill(pid, signal.SIGKILL)
        response = await asked

        assert response.status_code == 200
        assert response.json()["pid"] != pid


async def test_under_fire_every_answer_is_200_or_503(serve: Serve) -> None:
    async with serve(bounds=patient(workers=3)) as cloud:
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
        await async_wait_until(lambda: any(cloud.pids()))
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
        assert "SyntaxError" in cloud.functions.state()["BrokenFunction"]["error"]


async def test_a_function_that_cannot_start_is_not_started_for_every_request(serve: Serve) -> None:
    async with serve(bounds=patient(calm=HANG_SECONDS, calm_at_most=HANG_SECONDS)) as cloud:
        await cloud.ask("/broken")
        lines = len(cloud.lines)

        for _ in range(5):
            assert (await cloud.ask("/broken")).status_code == 503

        assert not any("worker" in line for line in cloud.lines[lines:])


async def test_an_asynchronous_event_is_tried_three_times(serve: Serve) -> None:
    discarded: list[bytes] = []

    async def keep(function: object, payload: bytes, invoked: object) -> None:
        discarded.append(payload)

    bounds = patient(retry_delays=(0.05, 0.05))
    async with serve(bounds=bounds, discarded=keep) as cloud:
        await cloud.functions.invoke("EchoFunction", b'{"do": "raise"}', "Event")

        await async_wait_until(lambda: bool(discarded))

        await async_wait_until(
            lambda: sum("ValueError: not today" in line for line in cloud.lines) == 3
        )
        assert discarded == [b'{"do": "raise"}']


async def test_a_throttled_asynchronous_event_comes_again(serve: Serve) -> None:
    async with serve(bounds=patient(workers=1, waiting=0)) as cloud:
        await async_wait_until(lambda: any_idle(cloud))
        (busy,) = await cloud.hold()
        with pytest.raises(Throttled):
            await cloud.functions.invoke("EchoFunction", b"{}")
        await cloud.functions.invoke("EchoFunction", b'{"do": "print"}', "Event")
        cloud.release()

        await async_wait_until(lambda: any("a word from" in line for line in cloud.lines))
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
        held = await cloud.hold(4)
        cloud.release()
        await asyncio.gather(*held)
        pids = [pid for name in cloud.stack.functions for pid in cloud.pids(name)]

    assert pids
    assert not any(alive(pid) for pid in pids)


async def test_saved_code_is_served_after_the_current_request(serve: Serve) -> None:
    async with serve() as cloud:
        (busy,) = await cloud.hold()

        replace(cloud.folder / "echo", "def handler(event, context): return 'new'")
        await cloud.functions.reload(["EchoFunction"])

        assert (await cloud.ask("/open")).json() == "new"
        cloud.release()
        assert (await busy).json()["pid"]


async def test_a_mended_function_serves_at_once(serve: Serve) -> None:
    async with serve(bounds=patient(calm=HANG_SECONDS, calm_at_most=HANG_SECONDS)) as cloud:
        assert (await cloud.ask("/broken")).status_code == 503

        replace(cloud.folder / "broken", "def handler(event, context): return 'mended'")
        await cloud.functions.reload(["BrokenFunction"])

        assert (await cloud.ask("/broken")).json() == "mended"


def waiting(cloud: Cloud) -> int:
    count: int = cloud.functions.state()["EchoFunction"]["waiting"]
    return count


def busy_worker(cloud: Cloud) -> int:
    (pid,) = [pid for pid in cloud.pids() if is_busy(cloud, pid)]
    return pid


async def idle_worker(cloud: Cloud) -> int:
    """The one worker that has served a request and waits for the next."""
    pid: int = (await cloud.ask("/open")).json()["pid"]
    await async_wait_until(lambda: any_idle(cloud))
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
