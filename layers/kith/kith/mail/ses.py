"""Amazon SES v2: one call per letter, no hidden repetition, and an answer that is understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from kith.settings import settings

# What SES says of the letter itself; everything else that it refuses is about us, and may change.
_NEVER: Final = {
    "MessageRejected",
    "BadRequestException",
    "InvalidParameterValue",
    "ValidationException",
}
_UNAVAILABLE: Final = 503  # "the request has failed": the one 5xx that proves it


@dataclass(frozen=True, slots=True)
class EmailMessage:
    """One letter to one person, ready to go."""

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
    """SES proved that it did not take the letter: it may be tried again later."""


class MessageRefused(Exception):
    """SES will never take this letter."""


class AnswerLost(Exception):
    """Nobody knows whether SES took the letter."""


def send_message(message: EmailMessage, letter_id: int) -> str:
    """Hand a letter to SES and return the id that SES gave it.

    Raises:
        NotSent: throttled, paused, misconfigured, or never connected.
        Refused: rejected for good.
        AnswerLost: the connection broke after the letter had left.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    try:
        answer = _client().send_email(**_request(message, letter_id))
    except ClientError as said:
        raise _understood(said.response) from said
    except ParamValidationError as wrong:
        raise MessageRefused(type(wrong).__name__) from wrong
    except (BotoCoreError, OSError) as broke:
        raise _broken(broke) from broke
    return str(answer["MessageId"])


def _understood(response: Mapping[str, Any]) -> Exception:
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status >= 500 and status != _UNAVAILABLE:
        return AnswerLost(code)
    return MessageRefused(code) if code in _NEVER else NotSent(code)


def _broken(trouble: Exception) -> Exception:
    """Whether the letter had left when it broke.

    botocore tells a connection that was never made, or credentials that were never found, from one
    that broke under way (``HTTPClientError``).
    """
    from botocore.exceptions import HTTPClientError

    under_way = isinstance(trouble, HTTPClientError | OSError)
    return (AnswerLost if under_way else NotSent)(type(trouble).__name__)


def _request(message: EmailMessage, letter_id: int) -> dict[str, Any]:
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
    from botocore.config import Config
    from botocore.session import Session

    manners = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    client = Session().create_client("sesv2", config=manners)
    client.meta.events.register("before-send.sesv2.SendEmail", _on_a_fresh_connection)
    return client


def _on_a_fresh_connection(request: Any, **_: Any) -> None:
    """A connection that slept while Lambda was frozen may be dead without knowing it.

    A letter that leaves on such a connection gets no answer, and would count as `unknown`. The
    header is added behind the signature, which must not cover what a proxy may take away.
    """
    request.headers["Connection"] = "close"
