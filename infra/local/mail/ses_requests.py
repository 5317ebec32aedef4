"""The requests by which a letter is handed to SES, old API and new, and SES's refusals. Pure."""

import base64
import email
import email.policy
import json
import re
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import parse_qs

import httpx
from starlette.responses import JSONResponse, Response

from infra.local.mail.mailbox import Letter

V2_PATH = "/v2/email/outbound-emails"
# By the fault that is asked for: the status, SES's name for it, its older name, its words.
_REFUSALS = {
    "throttle": (429, "TooManyRequestsException", "Throttling", "Maximum sending rate exceeded."),
    "refuse": (400, "SendingPausedException", "AccountSendingPaused", "Sending is paused."),
    "reject": (400, "MessageRejected", "MessageRejected", "Email address is not verified."),
}
_REFUSAL_V1 = """<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"""


class Form(Protocol):
    """One way to ask for a letter to be sent."""

    def letter(self, letter_id: str, sent_at: str) -> Letter: ...
    def message_id(self, answer: httpx.Response) -> str: ...
    def refusal(self, fault: str) -> Response: ...


def form_of(path: str, headers: Mapping[str, str], body: bytes) -> Form | None:
    """The request, understood; `None` for one that sends nothing or that SES will not take."""
    try:
        if path == V2_PATH:
            return SendEmailV2(json.loads(body))
        if path == "/" and "x-www-form-urlencoded" in headers.get("content-type", ""):
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            known = fields.get("Action") in {"SendEmail", "SendRawEmail"}
            return SendEmailV1(fields) if known else None
    except ValueError:
        return None
    return None


class SendEmailV2:
    """`SendEmail` of SES v2, simple or raw."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request

    def letter(self, letter_id: str, sent_at: str) -> Letter:
        request, content = self._request, self._request["Content"]
        destination = request.get("Destination", {})
        to = [a for kind in ("To", "Cc", "Bcc") for a in destination.get(f"{kind}Addresses", ())]
        parts = _raw(content["Raw"]["Data"]) if "Raw" in content else _simple(content["Simple"])
        parts_given = {
            "sender": request.get("FromEmailAddress"),
            "to": ", ".join(to),
            "tags": {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", ())},
            "configuration_set": request.get("ConfigurationSetName"),
        }
        return Letter(id=letter_id, sent_at=sent_at, **parts | _filled(parts_given))

    def message_id(self, answer: httpx.Response) -> str:
        return str(answer.json()["MessageId"])

    def refusal(self, fault: str) -> Response:
        status, code, _, message = _REFUSALS[fault]
        return JSONResponse({"message": message}, status, {"x-amzn-ErrorType": code})


class SendEmailV1:
    """`SendEmail` and `SendRawEmail` of the first SES."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def letter(self, letter_id: str, sent_at: str) -> Letter:
        fields = self._fields
        raw = fields.get("RawMessage.Data")
        parts = _raw(raw) if raw else self._simple()
        parts_given = {
            "sender": fields.get("Source"),
            "to": ", ".join(self._recipients()),
            "configuration_set": fields.get("ConfigurationSetName"),
        }
        return Letter(id=letter_id, sent_at=sent_at, **parts | _filled(parts_given))

    def message_id(self, answer: httpx.Response) -> str:
        match = re.search(r"<MessageId>([^<]+)</MessageId>", answer.text)
        return match[1] if match else ""

    def refusal(self, fault: str) -> Response:
        _, _, code, message = _REFUSALS[fault]
        text = _REFUSAL_V1.format(code=code, message=message)
        return Response(text, 400, media_type="text/xml")

    def _recipients(self) -> Sequence[str]:
        address = re.compile(r"(Destination\.(To|Cc|Bcc)Addresses|Destinations)\.member\.\d+")
        return [value for name, value in self._fields.items() if address.fullmatch(name)]

    def _simple(self) -> dict[str, Any]:
        fields = self._fields
        return {
            "subject": fields.get("Message.Subject.Data", ""),
            "text": fields.get("Message.Body.Text.Data", ""),
            "html": fields.get("Message.Body.Html.Data", ""),
        }


def _filled(parts_given: Mapping[str, Any]) -> dict[str, Any]:
    """What the request says itself, which counts more than the headers of a raw letter."""
    return {name: value for name, value in parts_given.items() if value}


def _simple(content: Mapping[str, Any]) -> dict[str, Any]:
    body = content["Body"]
    return {
        "subject": content["Subject"]["Data"],
        "text": body.get("Text", {}).get("Data", ""),
        "html": body.get("Html", {}).get("Data", ""),
        "headers": {header["Name"]: header["Value"] for header in content.get("Headers", ())},
    }


def _raw(data: str) -> dict[str, Any]:
    message = email.message_from_bytes(base64.b64decode(data), policy=email.policy.default)
    return {
        "subject": str(message.get("subject", "")),
        "sender": str(message.get("from", "")),
        "to": str(message.get("to", "")),
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "headers": {name: str(value) for name, value in message.items()},
    }


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
