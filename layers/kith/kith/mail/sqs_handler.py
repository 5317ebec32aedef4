"""The SQS handler of the letters function: letters to send, and events of SES.

Partial batch responses: only the messages that failed are reported, so that SQS delivers those
again and no others. A malformed message is one of them: it ends in the dead-letter queue.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from kith import clock
from kith.database.unit_of_work import UnitOfWork, database
from kith.json_types import JsonObject
from kith.lambda_context import LambdaContext
from kith.mail.pacing import reminders_pace
from kith.mail.queue import LANES, Lane, parse_message, post_letters
from kith.mail.sender import LetterComposer, deliver_letter
from kith.mail.ses_events import parse_ses_event, record_ses_event
from kith.telemetry import count_metric, log_exception, log_warning

# A letter may take this long: SES has ten seconds to answer, the database some to take the mark.
_ONE_LETTER_MS: Final = 15_000

StopReminders = Callable[[UnitOfWork, UUID], None]


class MalformedMessage(Exception):
    """A message that is neither a letter's nor SES's."""


class LetterBatchHandler:
    """Handles batches with the ``composers`` and the ``stop_reminders`` of the packages above."""

    def __init__(
        self, composers: Mapping[str, LetterComposer], stop_reminders: StopReminders
    ) -> None:
        self._composers = composers
        self._stop_reminders = stop_reminders

    def handle(self, event: JsonObject, context: LambdaContext) -> JsonObject:
        """Returns ``{"batchItemFailures": [{"itemIdentifier": ...}]}``."""
        failed = [
            each["messageId"] for each in event["Records"] if not self._succeeds(each, context)
        ]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _succeeds(self, record: JsonObject, context: LambdaContext) -> bool:
        try:
            self._handle_one(_json(record["body"]), context)
        except MalformedMessage:
            log_warning("message_malformed", message_id=record["messageId"])
        except Exception:  # noqa: BLE001 - SQS delivers the message again, the others go on
            log_exception("message_failed", message_id=record["messageId"])
        else:
            return True
        count_metric("MessagesFailed")
        return False

    def _handle_one(self, body: object, context: LambdaContext) -> None:
        letter_id = parse_message(body, "letter_id")
        if letter_id is not None:
            self._send(letter_id, _lane(body), context)
            return
        ses_event = parse_ses_event(body)
        if ses_event is None:
            raise MalformedMessage
        with database().writing() as work:
            record_ses_event(work, ses_event, clock.now(), self._stop_reminders)

    def _send(self, letter_id: int, lane: Lane, context: LambdaContext) -> None:
        """A letter that this invocation has no time for is not claimed: it is posted again."""
        pace = reminders_pace() if lane == "reminders" else None
        wait = pace.waiting_seconds() if pace else 0.0
        if context.get_remaining_time_in_millis() < _ONE_LETTER_MS + 1_000 * wait:
            _post_again(letter_id, lane, timedelta(seconds=wait))
            return
        if pace:
            time.sleep(pace.reserve())
        deliver_letter(letter_id, self._composers, lane)


def _lane(body: object) -> Lane:
    named = body.get("lane") if isinstance(body, dict) else None
    return next((lane for lane in LANES if lane == named), "accounts")


def _post_again(letter_id: int, lane: Lane, delay: timedelta) -> None:
    if post_letters([letter_id], lane, delay):
        raise TimeoutError("no time left, and the queue is unavailable")


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise MalformedMessage from None
