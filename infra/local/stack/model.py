"""What the template says, in the words of the local cloud: frozen facts.

Queues, functions and the like refer to each other by logical id, the name that they bear in
`template.yaml`. `loader.read` makes them; everybody else only reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True)
class Function:
    """One Lambda function. Its folder is where `CodeUri` points; sizes and times are Lambda's."""

    logical_id: str
    name: str
    folder: Path
    handler: str
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    unresolved: frozenset[str]  # names of variables whose value exists only on AWS
    timeout_seconds: float
    memory_mb: int
    reserved_concurrency: int | None
    retries: int  # of an asynchronous invocation
    on_failure: str | None  # the queue for asynchronous invocations that failed for good
    snapshots: bool = False  # SnapStart: it starts through the hooks of a snapshot and its restore

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.name}"


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer with payload format 2.0 and simple responses."""

    name: str
    function: str
    headers: tuple[str, ...]  # the identity sources, lower case
    cache_seconds: int


@dataclass(frozen=True)
class Route:
    """One method and path of the API, and the function that answers."""

    method: str
    path: str
    function: str
    authorizer: Authorizer | None
    timeout_seconds: float

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Cors:
    """What browsers may do. Methods are upper case, header names lower case."""

    allow_origins: tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    max_age_seconds: int | None
    allow_credentials: bool


@dataclass(frozen=True)
class Throttle:
    """The stage's token bucket: how many requests a second, and how many at once."""

    requests_per_second: float
    burst: int


@dataclass(frozen=True)
class HttpApi:
    """The HTTP API with its routes. It has one stage, `$default`."""

    logical_id: str
    routes: tuple[Route, ...]
    cors: Cors | None
    throttle: Throttle | None


@dataclass(frozen=True)
class Schedule:
    """An EventBridge Scheduler schedule that invokes a function."""

    logical_id: str
    function: str
    expression: str
    time_zone: str
    input: str | None
    enabled: bool
    retries: int
    dead_letter_queue: str | None


@dataclass(frozen=True)
class QueueSource:
    """A queue whose messages a function gets in batches."""

    logical_id: str
    function: str
    queue: str
    batch_size: int
    window_seconds: int
    reports_failures: bool
    maximum_concurrency: int | None
    enabled: bool


@dataclass(frozen=True)
class Queue:
    """An SQS queue. A message goes to the dead letters after `maximum_receives`."""

    logical_id: str
    name: str
    visibility_seconds: int
    delay_seconds: int
    retention_seconds: int
    dead_letter_queue: str | None
    maximum_receives: int | None

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{self.name}"


@dataclass(frozen=True)
class Stack:
    """The whole template, as far as the local cloud runs it."""

    functions: Mapping[str, Function]
    api: HttpApi
    schedules: tuple[Schedule, ...]
    sources: tuple[QueueSource, ...]
    queues: Mapping[str, Queue]
    buckets: tuple[str, ...]
    parameters: Mapping[str, str]
