"""SES events, through SNS and SQS: complaints, bounces, deliveries, rejections.

The shapes are those of Amazon SES event publishing (``eventType``) and of its older feedback
notifications (``notificationType``); SNS wraps them in an envelope unless delivery is raw.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from kith.database.unit_of_work import UnitOfWork
from kith.json_types import JsonObject
from kith.mail.models import OutboxLetter
from kith.mail.outbox import revive_suppressed
from kith.mail.suppressions import (
    record_bounce,
    record_complaint,
    record_delivery,
    record_transient_bounce,
)
from kith.telemetry import count_metric, log

_ACCEPTED: Final = {"Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Open", "Click"}


@dataclass(frozen=True, slots=True)
class SesEvent:
    """One event of a letter."""

    kind: str
    permanent: bool
    addresses: tuple[str, ...]
    letter_id: int | None


def parse_ses_event(body: object) -> SesEvent | None:
    """The event in a message's body; ``None`` when it is none of SES."""
    event = _unwrapped(body)
    kind = event.get("eventType") or event.get("notificationType")
    if not isinstance(kind, str):
        return None
    details = event.get(kind.lower()) or {}
    return SesEvent(
        kind=kind,
        permanent=details.get("bounceType") == "Permanent",
        addresses=_addresses(details),
        letter_id=_letter_id(event),
    )


def record_ses_event(
    work: UnitOfWork,
    event: SesEvent,
    at: datetime,
    stop_reminders: Callable[[UnitOfWork, UUID], None],
) -> None:
    """Record an event. Nothing is ever deleted because mail bounced."""
    lifted = [_update_suppression(work, event, address, at) for address in event.addresses]
    user_id = _update_letter(work, event, at)
    if any(lifted) and user_id is not None:
        revive_suppressed(work, user_id, at)
    if event.kind == "Complaint" and user_id is not None:
        stop_reminders(work, user_id)
    log("mail_event", kind=event.kind, permanent=event.permanent, letter_id=event.letter_id)
    count_metric("MailEvents", kind=event.kind)


def _update_suppression(work: UnitOfWork, event: SesEvent, address: str, at: datetime) -> bool:
    """Returns whether a suppression was lifted."""
    if event.kind == "Complaint":
        record_complaint(work.connection, address, at)
    elif event.kind == "Bounce" and event.permanent:
        record_bounce(work.connection, address, at)
    elif event.kind == "Bounce":
        record_transient_bounce(work.connection, address, at)
    elif event.kind == "Delivery":
        return record_delivery(work.connection, address, at)
    return False


def _update_letter(work: UnitOfWork, event: SesEvent, at: datetime) -> UUID | None:
    """The user whose letter it was. An ``unknown`` one is known to have left from now on."""
    if event.letter_id is None:
        return None
    letter = OutboxLetter.id == event.letter_id
    unsure = OutboxLetter.state.in_(("unknown", "handed_over"))
    if event.kind in _ACCEPTED:
        work.connection.execute(update(OutboxLetter).where(letter, unsure).values(state="sent"))
    if event.kind == "Reject":
        refused = {"state": "failed", "reason": "rejected_by_ses", "done_at": at}
        work.connection.execute(update(OutboxLetter).where(letter).values(refused))
    user_id: UUID | None = work.connection.scalar(select(OutboxLetter.user_id).where(letter))
    return user_id


def _addresses(details: JsonObject) -> tuple[str, ...]:
    """The recipients of a bounce, a complaint or a delivery, under their different keys."""
    people = details.get("bouncedRecipients") or details.get("complainedRecipients") or []
    named = [each["emailAddress"] for each in people if "emailAddress" in each]
    return tuple(str(each) for each in [*named, *(details.get("recipients") or [])])


def _letter_id(event: JsonObject) -> int | None:
    tags = (event.get("mail") or {}).get("tags") or {}
    named = (tags.get("letter_id") or [""])[0]
    return int(named) if isinstance(named, str) and named.isascii() and named.isdigit() else None


def _unwrapped(body: object) -> JsonObject:
    """The event itself, with or without the envelope of SNS."""
    if not isinstance(body, dict):
        return {}
    if body.get("Type") != "Notification":
        return body
    try:
        inside = json.loads(body.get("Message") or "")
    except ValueError:
        return {}
    return inside if isinstance(inside, dict) else {}
