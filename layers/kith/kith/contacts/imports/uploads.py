"""S3: the files of big imports, from their upload until they are worked through.

A client uploads by a presigned POST, whose policy bounds size and key. What is forgotten here, the
bucket's lifecycle removes after a day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from kith.deadline import call_in_time
from kith.errors import Unavailable
from kith.idle import close_when_idle
from kith.settings import settings
from kith.telemetry import count_metric, log_warning

UPLOAD_LIFE: Final = timedelta(hours=1)
_CONNECT_SECONDS: Final = 1
_READ_SECONDS: Final = 9
_TIMEOUT_SECONDS: Final = _CONNECT_SECONDS + _READ_SECONDS
_CHUNK: Final = 256 * 1024
_ABSENT: Final = frozenset({"404", "403", "NoSuchKey", "NotFound", "InvalidRange", "416"})

_Answer = TypeVar("_Answer")


class UploadsUnavailable(Unavailable):
    code = "uploads_unavailable"
    detail = "Files of imports cannot be stored or read at the moment; try again shortly."


@dataclass(frozen=True, slots=True)
class PresignedUpload:
    """Where a client posts a file to, and the fields that the form has before it."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


def has_uploads() -> bool:
    """Whether there is a bucket for files at all."""
    return bool(settings().imports_bucket)


def upload_key(owner_id: UUID, import_id: UUID) -> str:
    """The key of an import's file: nobody but its owner's import is under it."""
    return f"imports/{owner_id}/{import_id}"


def presign_upload(key: str, size: int, at: datetime) -> PresignedUpload:
    """A form upload of at most so many bytes under this key; nothing goes over the network."""
    _require_bucket()
    answer = _client().generate_presigned_post(
        settings().imports_bucket,
        key,
        Conditions=[["content-length-range", 1, size]],
        ExpiresIn=int(UPLOAD_LIFE.total_seconds()),
    )
    return PresignedUpload(answer["url"], answer["fields"], at + UPLOAD_LIFE)


def uploaded_size(key: str) -> int | None:
    """How many bytes were uploaded; None: none yet."""
    answer = _call(lambda: _client().head_object(Bucket=settings().imports_bucket, Key=key))
    return None if answer is None else int(answer["ContentLength"])


def put_upload(key: str, body: bytes) -> None:
    """Store a file that came with a request."""
    _call(lambda: _client().put_object(Bucket=settings().imports_bucket, Key=key, Body=body))


def stream_upload(key: str, position: int, most: int | None = None) -> Iterator[bytes]:
    """The bytes of a file from a position on, in chunks; nothing where there is no such file."""
    from botocore.exceptions import BotoCoreError

    asked = f"bytes={position}-{position + most - 1 if most else ''}"
    answer = _call(
        lambda: _client().get_object(Bucket=settings().imports_bucket, Key=key, Range=asked)
    )
    if answer is None:
        return
    try:
        yield from answer["Body"].iter_chunks(_CHUNK)
    except (BotoCoreError, OSError) as error:
        raise _unavailable(error) from error
    finally:
        answer["Body"].close()


def delete_upload(key: str) -> None:
    """Remove a file; one that cannot be removed now is left to the bucket's lifecycle."""
    try:
        _call(lambda: _client().delete_object(Bucket=settings().imports_bucket, Key=key))
    except Unavailable:
        log_warning("upload_left", key=key)


def _call(call: Callable[[], _Answer]) -> _Answer | None:
    """What S3 answers; None where there is no such object."""
    from botocore.exceptions import BotoCoreError, ClientError

    _require_bucket()
    try:
        return call_in_time(call, _TIMEOUT_SECONDS)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise _unavailable(error) from error
    except (BotoCoreError, OSError) as error:
        raise _unavailable(error) from error


def _require_bucket() -> None:
    if not has_uploads():
        raise UploadsUnavailable


def _unavailable(error: Exception) -> UploadsUnavailable:
    log_warning("uploads_unavailable", reason=type(error).__name__)
    count_metric("UploadsAway")
    return UploadsUnavailable()


@cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": 1},
        signature_version="s3v4",
        # A laptop's address has no names for its buckets.
        s3={"addressing_style": "path" if settings().stage in {"local", "test"} else "virtual"},
    )
    return close_when_idle(Session().create_client("s3", config=config))
