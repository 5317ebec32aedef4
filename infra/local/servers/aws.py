"""The AWS API as the local cloud itself calls it: queues, secrets, identities that may send."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Any

import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.stack.model import ACCOUNT_ID, Queue

_ANY_PAGE = (
    "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
    "<AllowedMethod>POST</AllowedMethod><AllowedHeader>*</AllowedHeader>"
    "</CORSRule></CORSConfiguration>"
)
ANSWER_WITHIN_S = 40.0  # longer than the longest long poll


class AwsError(Exception):
    """The service refused; `code` is its name for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Aws:
    """The few calls that the cloud itself makes, signed, and without a thread that waits."""

    def __init__(self, endpoints: Mapping[str, str], region: str, credentials: Credentials) -> None:
        self._endpoints = endpoints
        self._region = region
        self._credentials = credentials
        self._http = httpx.AsyncClient(
            timeout=ANSWER_WITHIN_S, limits=httpx.Limits(max_connections=None)
        )

    async def close(self) -> None:
        await self._http.aclose()

    def queue_url(self, queue: Queue) -> str:
        return f"{self._endpoints['sqs']}/{ACCOUNT_ID}/{queue.name}"

    async def sqs(self, operation: str, **request: Any) -> dict[str, Any]:
        target = f"AmazonSQS.{operation}"
        return await self._call("sqs", "/", request, {"X-Amz-Target": target}, "-1.0")

    async def depth(self, queue: Queue) -> dict[str, int]:
        """How many messages wait, are being worked on, and are not yet due."""
        names = {
            "waiting": "ApproximateNumberOfMessages",
            "in_flight": "ApproximateNumberOfMessagesNotVisible",
            "delayed": "ApproximateNumberOfMessagesDelayed",
        }
        answered = await self.sqs(
            "GetQueueAttributes",
            QueueUrl=self.queue_url(queue),
            AttributeNames=list(names.values()),
        )
        return {ours: int(answered["Attributes"].get(theirs, 0)) for ours, theirs in names.items()}

    async def make_queues(self, queues: Iterable[Queue]) -> None:
        """Those that take dead letters first: the others name them."""
        known = {queue.logical_id: queue for queue in queues}
        for queue in sorted(known.values(), key=lambda queue: queue.dead_letter_queue is not None):
            with _unless("QueueNameExists", "QueueAlreadyExists"):
                attributes = _attributes(queue, known)
                await self.sqs("CreateQueue", QueueName=queue.name, Attributes=attributes)

    async def keep_secret(self, name: str, text: str) -> None:
        with _unless("ResourceExistsException"):
            await self._secrets("CreateSecret", Name=name, SecretString=text)
            return
        await self._secrets("PutSecretValue", SecretId=name, SecretString=text)

    async def let_send(self, sender: str, configuration_sets: Iterable[str]) -> None:
        """Make the sender's address a verified one."""
        with _unless("AlreadyExistsException"):
            identity = {"EmailIdentity": parseaddr(sender)[1]}
            await self._call("ses", "/v2/email/identities", identity)
        for name in configuration_sets:
            with _unless("AlreadyExistsException"):
                named = {"ConfigurationSetName": name}
                await self._call("ses", "/v2/email/configuration-sets", named)

    async def make_buckets(self, names: Iterable[str]) -> None:
        """Buckets that take form uploads of any page."""
        for name in names:
            with _unless("BucketAlreadyExists", "BucketAlreadyOwnedByYou", "409"):
                await self._s3(f"/{name}")
            await self._s3(f"/{name}?cors", _ANY_PAGE)

    async def _s3(self, path: str, body: str = "") -> None:
        url = self._endpoints["s3"] + path
        signed = AWSRequest(method="PUT", url=url, data=body)
        S3SigV4Auth(self._credentials, "s3", self._region).add_auth(signed)
        answer = await self._http.put(url, content=body, headers=dict(signed.headers.items()))
        if answer.is_error:
            raise _error(answer)

    async def _secrets(self, operation: str, **request: Any) -> None:
        target = f"secretsmanager.{operation}"
        await self._call("secretsmanager", "/", request, {"X-Amz-Target": target}, "-1.1")

    async def _call(
        self,
        service: str,
        path: str,
        request: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        protocol: str = "",
    ) -> dict[str, Any]:
        kind = f"application/x-amz-json{protocol}" if protocol else "application/json"
        url = self._endpoints[service] + path
        signed = AWSRequest(
            method="POST",
            url=url,
            data=json.dumps(request),
            headers={"Content-Type": kind, **(headers or {})},
        )
        SigV4Auth(self._credentials, service, self._region).add_auth(signed)
        answer = await self._http.post(
            url, content=signed.data, headers=dict(signed.headers.items())
        )
        if answer.is_error:
            raise _error(answer)
        answered: dict[str, Any] = answer.json() if answer.content else {}
        return answered


@contextmanager
def _unless(*codes: str) -> Iterator[None]:
    """Pass over these refusals: what was to be made is there already."""
    try:
        yield
    except AwsError as error:
        if error.code not in codes:
            raise


def _error(answer: httpx.Response) -> AwsError:
    try:
        answered = answer.json()
    except ValueError:
        answered = {}
    kind = (
        answer.headers.get("x-amzn-errortype") or answered.get("__type") or str(answer.status_code)
    )
    code = kind.rpartition("#")[2].partition(":")[0]
    return AwsError(code, str(answered.get("message") or answered.get("Message") or ""))


def _attributes(queue: Queue, known: Mapping[str, Queue]) -> dict[str, str]:
    attributes = {
        "VisibilityTimeout": str(queue.visibility_seconds),
        "DelaySeconds": str(queue.delay_seconds),
        "MessageRetentionPeriod": str(queue.retention_seconds),
    }
    if queue.dead_letter_queue:
        redrive = {
            "deadLetterTargetArn": known[queue.dead_letter_queue].arn,
            "maxReceiveCount": queue.maximum_receives,
        }
        attributes["RedrivePolicy"] = json.dumps(redrive)
    return attributes
