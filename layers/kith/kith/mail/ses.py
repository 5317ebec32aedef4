"""Amazon SES v2: one call per letter, no hidden repetition, and an answer that is understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from kith.settings import settings

_NOT_TAKEN: Final = {"TooManyRequestsException", "LimitExceededException", "SendingPausedException"}
_STATUS_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Message:
    """One letter to one person, ready to go."""

    to: str
    subject: str
    text: str
    html: str
    configuration_set: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class NotSent(Exception):
    """SES proved that it did not take the letter: it may be tried again later."""


class Refused(Exception):
    """SES will never take this letter."""


class AnswerLost(Exception):
    """Nobody knows whether SES took the letter."""


def send(message: Message, letter_id: int) -> str:
    """Hand a letter to SES and return the id that SES gave it.

    Raises:
        NotSent: throttled, paused, or never connected.
        Refused: rejected for good.
        AnswerLost: the connection broke after the letter had left.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        ParamValidationError,
    )

    try:
        answer = _client().send_email(**_request(message, letter_id))
    except ClientError as said:
        raise _understood(said.response) from said
    except (EndpointConnectionError, ConnectTimeoutError) as away:
        raise NotSent(type(away).__name__) from away
    except ParamValidationError as wrong:
        raise Refused(type(wrong).__name__) from wrong
    except (BotoCoreError, OSError) as lost:
        raise AnswerLost(type(lost).__name__) from lost
    return str(answer["MessageId"])


def _understood(response: Mapping[str, Any]) -> Exception:
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _NOT_TAKEN or status == _STATUS_TOO_MANY:
        return NotSent(code)
    if status >= 500:
        return AnswerLost(code)
    return Refused(code)


def _request(message: Message, letter_id: int) -> dict[str, Any]:
    body = {
        "Text": {"Data": message.text, "Charset": "UTF-8"},
        "Html": {"Data": message.html, "Charset": "UTF-8"},
    }
    simple: dict[str, Any] = {
        "Subject": {"Data": message.subject, "Charset": "UTF-8"},
        "Body": body,
    }
    if message.headers:
        simple["Headers"] = [{"Name": n, "Value": v} for n, v in message.headers.items()]
    request: dict[str, Any] = {
        "FromEmailAddress": settings().mail_from,
        "Destination": {"ToAddresses": [message.to]},
        "Content": {"Simple": simple},
        "EmailTags": [{"Name": "letter_id", "Value": str(letter_id)}],
    }
    if message.configuration_set:
        request["ConfigurationSetName"] = message.configuration_set
    return request


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    manners = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", config=manners)
