"""What SES reports afterwards, through SNS and SQS: complaints, bounces, and what it really took.

The shapes are those of Amazon SES event publishing (``eventType``) and of its older feedback
notifications (``notificationType``); SNS wraps them in an envelope unless it is told not to.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from kith.database.unit_of_work import UnitOfWork
from kith.mail.models import OutboxLetter
from kith.mail.suppressions import (
    record_bounce,
    record_complaint,
    record_delivery,
    record_transient_bounce,
)
from kith.telemetry import count_metric, log

_TAKEN: Final = {"Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Open", "Click"}


@dataclass(frozen=True, slots=True)
class SesReport:
    """One thing that SES says of a letter."""

    kind: str
    permanent: bool
    addresses: tuple[str, ...]
    letter_id: int | None


def parse_ses_event(body: Any) -> SesReport | None:
    """The report in a message's body; ``None`` when there is none that we know."""
    told = _unwrapped(body)
    kind = told.get("eventType") or told.get("notificationType")
    if not isinstance(kind, str):
        return None
    about = told.get(kind.lower()) or {}
    return SesReport(
        kind=kind,
        permanent=about.get("bounceType") == "Permanent",
        addresses=_addresses(about),
        letter_id=_letter_id(told),
    )


def record_ses_event(
    work: UnitOfWork,
    report: SesReport,
    at: datetime,
    stop_reminders: Callable[[UnitOfWork, UUID], None],
) -> None:
    """Act on a report. Nothing is ever deleted because mail bounced."""
    for address in report.addresses:
        _note(work, report, address, at)
    user_id = _settle(work, report, at)
    if report.kind == "Complaint" and user_id is not None:
        stop_reminders(work, user_id)
    log("mail_event", kind=report.kind, permanent=report.permanent, letter_id=report.letter_id)
    count_metric("MailEvents", kind=report.kind)


def _note(work: UnitOfWork, report: SesReport, address: str, at: datetime) -> None:
    if report.kind == "Complaint":
        record_complaint(work.connection, address, at)
    elif report.kind == "Bounce" and report.permanent:
        record_bounce(work.connection, address, at)
    elif report.kind == "Bounce":
        record_transient_bounce(work.connection, address, at)
    elif report.kind == "Delivery":
        record_delivery(work.connection, address, at)


def _settle(work: UnitOfWork, report: SesReport, at: datetime) -> UUID | None:
    """Whose letter it was. One whose answer was lost is known to have left from now on."""
    if report.letter_id is None:
        return None
    letter = OutboxLetter.id == report.letter_id
    unsure = OutboxLetter.state == "unknown"
    if report.kind in _TAKEN:
        work.connection.execute(update(OutboxLetter).where(letter, unsure).values(state="sent"))
    if report.kind == "Reject":
        refused = {"state": "failed", "reason": "rejected_by_ses", "done_at": at}
        work.connection.execute(update(OutboxLetter).where(letter).values(refused))
    user_id: UUID | None = work.connection.scalar(select(OutboxLetter.user_id).where(letter))
    return user_id


def _addresses(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom a bounce, a complaint or a delivery is about; each names them in its own way."""
    people = about.get("bouncedRecipients") or about.get("complainedRecipients") or []
    named = [each["emailAddress"] for each in people if "emailAddress" in each]
    return tuple(str(each) for each in [*named, *(about.get("recipients") or [])])


def _letter_id(told: Mapping[str, Any]) -> int | None:
    tags = (told.get("mail") or {}).get("tags") or {}
    named = (tags.get("letter_id") or [""])[0]
    return int(named) if isinstance(named, str) and named.isascii() and named.isdigit() else None


def _unwrapped(body: Any) -> Mapping[str, Any]:
    """The report itself, whether or not SNS put it into an envelope."""
    if not isinstance(body, dict):
        return {}
    if body.get("Type") != "Notification":
        return body
    try:
        inside = json.loads(body.get("Message") or "")
    except ValueError:
        return {}
    return inside if isinstance(inside, dict) else {}
