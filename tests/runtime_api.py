"""Lambda's Runtime API as far as SnapStart goes: a snapshot lasts as long as a test wants."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Final

from tests.waiting import HANG_SECONDS

ROOT: Final = Path(__file__).parents[1]
_VERSION: Final = "/2018-06-01/runtime/"


class RuntimeApi:
    """What one function's runtime client asks, and what it answers."""

    def __init__(self) -> None:
        self.is_frozen = Event()
        self._thawed = Event()
        self._over = Event()
        self._events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._answers: SimpleQueue[Any] = SimpleQueue()

    def restore(self) -> None:
        """Goes on from the snapshot."""
        self._thawed.set()

    def invoke(self, event: dict[str, Any]) -> Any:
        """The function's answer."""
        self._events.put(event)
        return self._answers.get(timeout=HANG_SECONDS)

    @contextmanager
    def running(self, function: str, variables: Mapping[str, str]) -> Iterator["RuntimeApi"]:
        """With a process of one of our functions, in AWS's own runtime client."""
        with ThreadingHTTPServer(("127.0.0.1", 0), self._handler()) as server:
            server.daemon_threads = True
            thread = Thread(target=server.serve_forever)
            thread.start()
            environment = {
                "PATH": os.defpath,
                "PYTHONPATH": f"{ROOT / 'layers/kith'}",
                "LAMBDA_TASK_ROOT": str(ROOT / "functions" / function),
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
                "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
                "AWS_LAMBDA_FUNCTION_NAME": function,
                "AWS_LAMBDA_FUNCTION_VERSION": "1",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
                "AWS_LAMBDA_LOG_GROUP_NAME": "tests",
                "AWS_LAMBDA_LOG_STREAM_NAME": "tests",
                "_HANDLER": "app.handler",
                **variables,
            }
            process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", "app.handler"],
                cwd=ROOT / "functions" / function,
                env=environment,
            )
            try:
                yield self
            finally:
                process.kill()
                process.wait()
                self._thawed.set()
                self._over.set()
                server.shutdown()
                thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == f"{_VERSION}restore/next":
                    api.is_frozen.set()
                    api._thawed.wait()
                    self._answer(200, {})
                    return
                self._answer(200, api._events.get(timeout=HANG_SECONDS))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                api._answers.put(body)
                self._answer(202, {})

            def _answer(self, status: int, content: object) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
                self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1-0-0")
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x:1:f")
                self.send_header("Content-Type", "application/json")  # the client dies without
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler
