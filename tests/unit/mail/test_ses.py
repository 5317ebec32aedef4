"""What SES says, and what it means: taken, later, never, or nobody knows."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from kith.mail import ses
from kith.mail.ses import AnswerLost, EmailMessage, MessageRefused, NotSent
from tests.recorders import RecordingSes, recording

LETTER = EmailMessage(to="alice@example.com", subject="Hello", text="Hello", html="<p>Hello</p>")


@pytest.fixture
def mail() -> Iterator[RecordingSes]:
    with recording() as (mail, _):
        yield mail


@pytest.mark.parametrize(
    ("manner", "meaning"),
    [
        ("throttle", NotSent),
        ("pause", NotSent),
        ("unreachable", NotSent),
        ("reject", MessageRefused),
        ("swallow", AnswerLost),
        ("break", AnswerLost),
    ],
)
def test_what_an_answer_means_after_one_call(
    mail: RecordingSes, manner: str, meaning: type[Exception]
) -> None:
    mail.behave(manner)

    with pytest.raises(meaning):
        ses.send_message(LETTER, 1)

    assert mail.asked == 1


def test_the_letter_names_itself_so_that_reports_can_be_matched(mail: RecordingSes) -> None:
    letter = EmailMessage(
        "alice@example.com", "Hello", "Hello", "<p></p>", "reminders", {"X-Kith": "1"}
    )

    assert ses.send_message(letter, 7) == "ses-1"

    [sent] = mail.taken
    assert sent["EmailTags"] == [{"Name": "letter_id", "Value": "7"}]
    assert sent["ConfigurationSetName"] == "reminders"
    assert sent["Content"]["Simple"]["Headers"] == [{"Name": "X-Kith", "Value": "1"}]


def test_what_botocore_itself_refuses_is_refused(mail: RecordingSes) -> None:
    letter = EmailMessage("alice@example.com", "Hello", "Hello", "<p></p>", headers={"X": ""})

    with pytest.raises(MessageRefused):
        ses.send_message(letter, 1)

    assert mail.asked == 0


def test_without_credentials_nothing_has_left() -> None:
    assert isinstance(ses._classify_failure(NoCredentialsError()), NotSent)


@pytest.mark.parametrize(
    "letter",
    [
        {"to": "a@example.com\nBcc: b@example.com"},
        {"subject": "Hello\r\nBcc: b@example.com"},
        {"headers": {"X": "1\r\nBcc: b@example.com"}},
    ],
)
def test_a_header_has_one_line(letter: dict[str, Any]) -> None:
    whole: dict[str, Any] = {
        "to": "a@example.com",
        "subject": "Hello",
        "text": "",
        "html": "",
        **letter,
    }

    with pytest.raises(ValueError, match="one line"):
        EmailMessage(**whole)
