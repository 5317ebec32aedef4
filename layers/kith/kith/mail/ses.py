"""Amazon SES v2: one call per letter, no hidden retry, and every error classified."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from kith.json_types import JsonObject
from kith.settings import settings

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import ClientError

# What SES says, by the code of a rejected letter, of a sender or (in its sandbox) a recipient whose
# address is not verified yet: that may change.
_UNVERIFIED: Final = "not verified"
# Errors about the letter itself; every other refusal is about the account, and may change.
_NEVER: Final = {
    "MessageRejected",
    "BadRequestException",
    "InvalidParameterValue",
    "ValidationException",
}
_THROTTLED: Final = {"TooManyRequestsException", "LimitExceededException", "Throttling"}
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503  # "the request has failed": the one 5xx that proves it


@dataclass(frozen=True, slots=True)
class EmailMessage:
    """One letter to one recipient, ready to be sent."""

    to: str
    subject: str
    text: str
    html: str
    configuration_set: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lines = (self.to, self.subject, *self.headers, *self.headers.values())
        if any("\n" in each or "\r" in each for each in lines):
            raise ValueError("a header has one line")


class NotSent(Exception):
    """SES proved that it did not accept the letter: it may be tried again later."""


class Throttled(NotSent):
    """SES wants fewer letters a second."""


class MessageRefused(Exception):
    """SES will never take this letter."""


class AnswerLost(Exception):
    """Nobody knows whether SES took the letter."""


def send_message(message: EmailMessage, letter_id: int) -> str:
    """Hand a letter to SES and return the id that SES gave it.

    Raises:
        Throttled: too many letters a second.
        NotSent: paused, misconfigured, or never connected.
        MessageRefused: rejected for good.
        AnswerLost: the connection broke after the letter had left.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    try:
        response = _client().send_email(**_request(message, letter_id))
    except ClientError as error:
        raise _classify_refusal(error) from error
    except ParamValidationError as error:
        raise MessageRefused(type(error).__name__) from error
    except (BotoCoreError, OSError) as error:
        raise _classify_failure(error) from error
    return str(response["MessageId"])


def _classify_refusal(error: "ClientError") -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status >= 500 and status != _UNAVAILABLE:
        return AnswerLost(code)
    if code in _NEVER and _UNVERIFIED not in str(error):
        return MessageRefused(code)
    return Throttled(code) if code in _THROTTLED or status == _TOO_MANY else NotSent(code)


def _classify_failure(error: Exception) -> Exception:
    """Whether the letter had left when the connection broke.

    botocore tells a connection that was never made, or credentials that were never found, from one
    that broke under way (``HTTPClientError``).
    """
    from botocore.exceptions import HTTPClientError

    under_way = isinstance(error, HTTPClientError | OSError)
    return (AnswerLost if under_way else NotSent)(type(error).__name__)


def _request(message: EmailMessage, letter_id: int) -> JsonObject:
    body = {
        "Text": {"Data": message.text, "Charset": "UTF-8"},
        "Html": {"Data": message.html, "Charset": "UTF-8"},
    }
    simple: JsonObject = {
        "Subject": {"Data": message.subject, "Charset": "UTF-8"},
        "Body": body,
    }
    if message.headers:
        simple["Headers"] = [{"Name": n, "Value": v} for n, v in message.headers.items()]
    request: JsonObject = {
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
    from botocore.config import Config
    from botocore.session import Session

    config = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    client = Session().create_client("sesv2", config=config)
    client.meta.events.register("before-send.sesv2.SendEmail", _use_fresh_connection)
    return client


def _use_fresh_connection(request: "AWSRequest", **_: object) -> None:
    """Stricter than ``kith.idle``: a letter never leaves on a connection that was used before.

    A letter that leaves on such a connection gets no answer, and would count as `unknown`. The
    header is added behind the signature, which must not cover what a proxy may take away.
    """
    request.headers["Connection"] = "close"
