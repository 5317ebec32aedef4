"""How long each door takes to be ready, out of the built layers, as a ratio to a bare handler.

Init is from the start of the process to the runtime's first question for work, with AWS's own
runtime client. Absolute times drift with the machine; the ratio within one run does not. Beside it
stands what has no noise at all: how often Python compiles while the door is imported.

    make bench-cold        builds the layers for this machine and measures them
"""

import argparse
import http.server
import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
BARE: Final = "def handler(event, context):\n    return None\n"
TARGETS: Final = {
    "authorizer": 5.0,
    "auth": 13.0,
    "contacts": 11.0,
    "birthdays": 11.0,
    "avatars": 12.0,
    "reminders": 6.5,
    "letters": 13.0,
    "imports": 13.0,
}
_COUNT_COMPILATIONS: Final = """
import importlib, json, sys
seen = []
sys.addaudithook(lambda event, told: seen.append(str(told[1])) if event == "compile" else None)
importlib.import_module("app")
print(json.dumps(seen))
"""
ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",  # /opt cannot be written to
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "KITH_STAGE": "local",
    "KITH_PUBLIC_BASE_URL": "http://127.0.0.1:8000",
    "KITH_PUBLIC_KEYS": '{"keys":[]}',
    "DATABASE_URL": "postgresql://kith@127.0.0.1:1/kith",
    "REDIS_URL": "redis://127.0.0.1:1",
}


@dataclass(frozen=True)
class Lambda:
    """A Python as Lambda would start it: the interpreter, its runtime client, the layers."""

    python: Path
    runtime: Path
    layers: tuple[Path, ...]

    def path(self, function: Path) -> str:
        return ":".join(str(each) for each in (function, *self.layers, self.runtime))


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Takes the first question for work, and never answers it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: SimpleQueue[float | str] = SimpleQueue()
        super().__init__(("127.0.0.1", 0), _Asked)


class _Asked(http.server.BaseHTTPRequestHandler):
    server: RuntimeApi

    def do_GET(self) -> None:
        self.server.asked.put(time.perf_counter())
        threading.Event().wait(30)

    def do_POST(self) -> None:
        result = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.put(result)
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def runtime_api() -> Iterator[RuntimeApi]:
    server = RuntimeApi()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def init_ms(engine: Lambda, function: Path, api: RuntimeApi) -> float:
    """One cold start of a function."""
    environment = ENVIRONMENT | {
        "PYTHONPATH": engine.path(function),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "_HANDLER": "app.handler",
        "LAMBDA_TASK_ROOT": str(function),
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(engine.python), "-m", "awslambdaric", "app.handler"],
        env=environment,
        cwd=function,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asked = api.asked.get(timeout=60)
        if isinstance(asked, str):
            sys.exit(f"{function.name} does not open: {asked[:1000]}")
        return (asked - began) * 1000
    finally:
        process.kill()
        process.wait()


def compilations(engine: Lambda, function: Path) -> list[str]:
    """The modules that Python compiles while a door is imported, its own ten lines aside.

    What libraries make out of words at run time (dataclasses, forward references) is not counted:
    no byte code could spare it.
    """
    result = subprocess.run(
        [str(engine.python), "-c", _COUNT_COMPILATIONS],
        env=ENVIRONMENT | {"PYTHONPATH": engine.path(function)},
        cwd=function,
        capture_output=True,
        text=True,
        check=True,
    )
    seen: list[str] = json.loads(result.stdout.splitlines()[-1])
    return [file for file in seen if file.endswith(".py") and not file.endswith("/app.py")]


def measured(engine: Lambda, functions: dict[str, Path], rounds: int) -> dict[str, float]:
    """The median init of each function, in milliseconds. Rounds are interleaved."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    with runtime_api() as api:
        for _ in range(rounds):
            for name, function in functions.items():
                times[name].append(init_ms(engine, function, api))
    return {name: statistics.median(each) for name, each in times.items()}


def without_byte_code(layers: tuple[Path, ...], folder: Path) -> tuple[Path, ...]:
    """The same layers as a plain installation makes them."""
    bare = []
    for number, layer in enumerate(layers):
        copy = folder / str(number)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(layer, copy, ignore=shutil.ignore_patterns("__pycache__"))
        bare.append(copy)
    return tuple(bare)


def report(build: Path, python: Path, runtime: Path, rounds: int) -> dict[str, Any]:
    """Everything that is measured, by door."""
    layers = (build / "DependenciesLayer/python", build / "KithLayer/python")
    engine = Lambda(python, runtime, layers)
    plain = Lambda(python, runtime, without_byte_code(layers, build.parent / "plain"))
    bare = build.parent / "bare"
    bare.mkdir(exist_ok=True)
    (bare / "app.py").write_text(BARE)
    doors = {name: build / f"{name.capitalize()}Function" for name in TARGETS}
    warm_the_disk = measured(engine, {"bare": bare, **doors}, 1)
    init = measured(engine, {"bare": bare, **doors}, rounds)
    stale = measured(plain, doors, max(3, rounds // 5))
    del warm_the_disk
    return {
        name: {
            "ms": round(init[name], 1),
            "ratio": round(init[name] / init["bare"], 2),
            "target": TARGETS[name],
            "without byte code": round(stale[name] / init["bare"], 1),
            "compiles": [str(file).split("/python/")[-1] for file in compilations(engine, door)],
        }
        for name, door in doors.items()
    } | {"bare": {"ms": round(init["bare"], 1)}}


def main() -> None:
    parser = argparse.ArgumentParser(description="Cold starts of the built functions.")
    parser.add_argument("--build", type=Path, default=ROOT / ".aws-sam/bench/build")
    parser.add_argument("--python", type=Path, default=ROOT / ".tools/bin/python3.13")
    parser.add_argument("--runtime", type=Path, default=ROOT / ".tools/lambda")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    if not given.build.exists():
        sys.exit("nothing is built yet: `make bench-cold` builds and measures")
    result = report(given.build, given.python, given.runtime, given.rounds)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
