"""How a letter is read out of what SES is asked, and how SES refuses."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from infra.local.mail.mailbox import Letter
from infra.local.mail.ses_recorder import Faults
from infra.local.mail.ses_requests import V2_PATH, form_of

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
RAW = (
    "From: Kith <kith@example.com>\r\nTo: alice@example.com\r\nSubject: =?utf-8?b?0IfQtg==?=\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\nX-Kind: raw\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nas text\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>as HTML</p>\r\n--b--\r\n"
)
SIMPLE = {
    "FromEmailAddress": "Kith <kith@example.com>",
    "Destination": {"ToAddresses": ["alice@example.com"], "BccAddresses": ["bob@example.com"]},
    "ConfigurationSetName": "reminders",
    "EmailTags": [{"Name": "letter_id", "Value": "7"}],
    "Content": {
        "Simple": {
            "Subject": {"Data": "Їжак"},
            "Body": {"Text": {"Data": "as text"}, "Html": {"Data": "<p>as HTML</p>"}},
            "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://kith.example/u>"}],
        }
    },
}


def read(path: str, body: bytes, headers: dict[str, str] | None = None) -> Letter:
    form = form_of(path, headers or {}, body)
    assert form
    return form.letter("m-1", "2027-02-28T12:00:00.000Z")


def test_a_simple_letter_is_read_whole() -> None:
    assert read(V2_PATH, json.dumps(SIMPLE).encode()) == Letter(
        id="m-1",
        to="alice@example.com, bob@example.com",
        sender="Kith <kith@example.com>",
        subject="Їжак",
        text="as text",
        html="<p>as HTML</p>",
        sent_at="2027-02-28T12:00:00.000Z",
        headers={"List-Unsubscribe": "<https://kith.example/u>"},
        tags={"letter_id": "7"},
        configuration_set="reminders",
    )


def test_a_raw_letter_is_taken_apart() -> None:
    body = {"Content": {"Raw": {"Data": base64.b64encode(RAW.encode()).decode()}}}

    letter = read(V2_PATH, json.dumps(body).encode())

    assert (letter.to, letter.sender) == ("alice@example.com", "Kith <kith@example.com>")
    assert (letter.subject, letter.text.strip()) == ("Їж", "as text")
    assert letter.html.strip() == "<p>as HTML</p>"
    assert letter.headers["X-Kind"] == "raw"


def test_the_first_ses_is_understood_too() -> None:
    fields = {
        "Action": "SendEmail",
        "Source": "kith@example.com",
        "Destination.ToAddresses.member.1": "alice@example.com",
        "Destination.ToAddresses.member.2": "bob@example.com",
        "Message.Subject.Data": "Їж",
        "Message.Body.Text.Data": "as text",
    }

    letter = read("/", urlencode(fields).encode(), FORM)

    assert (letter.to, letter.subject) == ("alice@example.com, bob@example.com", "Їж")
    assert (letter.text, letter.html) == ("as text", "")


def test_a_raw_letter_to_the_first_ses_goes_where_its_envelope_says() -> None:
    fields = {
        "Action": "SendRawEmail",
        "Destinations.member.1": "carol@example.com",
        "RawMessage.Data": base64.b64encode(RAW.encode()).decode(),
    }

    letter = read("/", urlencode(fields).encode(), FORM)

    assert (letter.to, letter.sender) == ("carol@example.com", "Kith <kith@example.com>")


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (V2_PATH, b"no json", {}),
        ("/v2/email/identities", b"{}", {}),
        ("/", b"Action=ListIdentities", FORM),
        ("/", b"{}", {"content-type": "application/json"}),
    ],
)
def test_what_sends_nothing_is_no_letter(path: str, body: bytes, headers: dict[str, str]) -> None:
    assert form_of(path, headers, body) is None


def test_the_id_is_the_one_that_ses_gave() -> None:
    new = form_of(V2_PATH, {}, b"{}")
    old = form_of("/", FORM, b"Action=SendEmail")
    assert new
    assert old

    assert new.message_id(httpx.Response(200, json={"MessageId": "m-1"})) == "m-1"
    assert old.message_id(httpx.Response(200, text="<MessageId>m-2</MessageId>")) == "m-2"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("throttle", 429, "TooManyRequestsException"),
        ("refuse", 400, "SendingPausedException"),
        ("reject", 400, "MessageRejected"),
    ],
)
def test_ses_refuses_in_its_own_words(fault: str, status: int, code: str) -> None:
    form = form_of(V2_PATH, {}, b"{}")
    assert form

    refusal = form.refusal(fault)

    assert (refusal.status_code, refusal.headers["x-amzn-errortype"]) == (status, code)


def test_faults_are_shares() -> None:
    faults = Faults.asked_for({"throttle": 0.3, "swallow": True, "refuse": False})

    assert faults.shown() == {
        "throttle": 0.3,
        "refuse": 0.0,
        "reject": 0.0,
        "swallow": 1.0,
        "slow": 0.0,
        "hold_reminders": 0.0,
    }


@pytest.mark.parametrize("faults", [None, [], {"burn": 1}, {"throttle": 1.1}, {"refuse": "yes"}])
def test_anything_else_is_no_fault(faults: Any) -> None:
    with pytest.raises(ValueError, match=r"expected an object|must be true"):
        Faults.asked_for(faults)
