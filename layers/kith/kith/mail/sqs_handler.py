"""What SQS wakes the letters door with: letters to send, and reports of SES.

Only the messages that could not be dealt with are answered as failed, so that SQS brings back those
and no others. A message that nobody understands is one of them: it ends among the dead letters,
where somebody looks.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from kith import clock
from kith.database.unit_of_work import UnitOfWork, database
from kith.mail.queue import parse_message, post_letters
from kith.mail.sender import LetterComposer, deliver_letter
from kith.mail.ses_events import parse_ses_event, record_ses_event
from kith.telemetry import count_metric, log_exception, log_warning

# A letter may take this long: SES has ten seconds to answer, the database some to take the mark.
_ONE_LETTER_MS: Final = 15_000

StopReminders = Callable[[UnitOfWork, UUID], None]


class MalformedMessage(Exception):
    """A message that is neither a letter's nor SES's."""


class LetterBatchHandler:
    """Deals with batches; ``composers`` and ``stop_reminders`` are what the rooms bring."""

    def __init__(
        self, composers: Mapping[str, LetterComposer], stop_reminders: StopReminders
    ) -> None:
        self._composers = composers
        self._stop_reminders = stop_reminders

    def handle(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answers ``{"batchItemFailures": [{"itemIdentifier": ...}]}``."""
        failed = [each["messageId"] for each in event["Records"] if not self._done(each, context)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _done(self, record: Mapping[str, Any], context: Any) -> bool:
        try:
            self._deal_with(_json(record["body"]), context)
        except MalformedMessage:
            log_warning("message_not_understood", message_id=record["messageId"])
        except Exception:  # noqa: BLE001 - SQS brings the message back, the others go on
            log_exception("message_failed", message_id=record["messageId"])
        else:
            return True
        count_metric("MessagesFailed")
        return False

    def _deal_with(self, body: Any, context: Any) -> None:
        letter_id = parse_message(body)
        if letter_id is not None:
            self._send(letter_id, context)
            return
        report = parse_ses_event(body)
        if report is None:
            raise MalformedMessage
        with database().writing() as work:
            record_ses_event(work, report, clock.now(), self._stop_reminders)

    def _send(self, letter_id: int, context: Any) -> None:
        """Nothing is claimed that this invocation has no time to send: another one gets it."""
        if context.get_remaining_time_in_millis() >= _ONE_LETTER_MS:
            deliver_letter(letter_id, self._composers)
        elif not post_letters([letter_id]):
            raise TimeoutError("no time left, and no queue to say so")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise MalformedMessage from None
