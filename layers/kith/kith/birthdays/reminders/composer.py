"""The reminders' letters: what is still true at the moment of sending, and how it is said."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple

from kith import clock
from kith.accounts.flows.unsubscribe import make_unsubscribe_link, unsubscribe_headers
from kith.birthdays.display_name import display_name
from kith.birthdays.reminders.repository import (
    AnnouncedBirthday,
    ReminderRecipient,
    ReminderRepository,
)
from kith.birthdays.time_zones import zone_or_utc
from kith.birthdays.translations import (
    days_away,
    format_date,
    headline,
    join_names,
    translations_for,
    turns_line,
)
from kith.calendar import keys_on
from kith.database.unit_of_work import UnitOfWork
from kith.mail.outbox import Letter
from kith.mail.rendering import render_letter
from kith.mail.sender import LetterComposer, LetterObsolete
from kith.mail.ses import EmailMessage
from kith.settings import settings

_MODES: Final = ("per_contact", "daily", "weekly")
_FEB_29: Final = 229
_DIALLED: Final = set("+0123456789")


class ReminderPerson(NamedTuple):
    """Somebody in a letter."""

    name: str
    age: int | None
    turns: str
    note: str
    phones: list[dict[str, str]]


def compose_reminder(work: UnitOfWork, letter: Letter) -> EmailMessage:
    """A reminder as it is true now.

    Raises:
        NoReasonLeft: it is too late, the user wants none, or no birthday of it is left.
    """
    repository = ReminderRepository(work.connection, letter.user_id)
    reader = _willing(repository.reader())
    _in_time(reader, date.fromisoformat(letter.data["local_date"]))
    mode = letter.kind.removeprefix("reminder_")
    left = _still_true(repository, letter, reader, mode)
    unsubscribe = make_unsubscribe_link(letter.user_id, reader.unsubscribe_seed)
    said = render_letter("reminder", reader.locale, _facts(left, reader, mode, unsubscribe))
    return EmailMessage(
        to=reader.email,
        subject=said.subject,
        text=said.text,
        html=said.html,
        configuration_set=settings().mail_reminders_set,
        headers=unsubscribe_headers(unsubscribe),
    )


REMINDER_COMPOSERS: Final[Mapping[str, LetterComposer]] = {
    f"reminder_{mode}": compose_reminder for mode in _MODES
}


def _willing(reader: ReminderRecipient | None) -> ReminderRecipient:
    if reader is None:
        raise LetterObsolete("user_deleted")
    if reader.verified_at is None:
        raise LetterObsolete("not_verified")
    if not reader.enabled:
        raise LetterObsolete("reminders_off")
    return reader


def _in_time(reader: ReminderRecipient, local_date: date) -> None:
    """Until local midnight: a day late it would be no reminder any more."""
    if clock.today(zone_or_utc(reader.time_zone)) > local_date:
        raise LetterObsolete("expired")


def _still_true(
    repository: ReminderRepository, letter: Letter, reader: ReminderRecipient, mode: str
) -> list[AnnouncedBirthday]:
    """The birthdays that are still to be told; why the others are not is written down."""
    verdicts = [(_why_not(each, reader, mode), each) for each in repository.announced(letter.id)]
    left = [each for why, each in verdicts if why is None]
    if not left:
        reasons = {why for why, _ in verdicts if why}
        raise LetterObsolete(reasons.pop() if len(reasons) == 1 else "nobody_left")
    for outcome in {why for why, _ in verdicts}:
        of_these = [each.contact_id for why, each in verdicts if why == outcome]
        repository.mark(letter.id, outcome, of_these)
    return left


def _why_not(each: AnnouncedBirthday, reader: ReminderRecipient, mode: str) -> str | None:
    if each.found is None or each.deleted_at is not None:
        return "deleted"
    if each.deceased:
        return "deceased"
    if each.muted:
        return "muted"
    if each.birth_key not in keys_on(each.occurrence, reader.leap_day):
        return "date_changed"
    leads = reader.lead_days if each.lead_days is None else each.lead_days
    return None if mode == "weekly" or each.lead in leads else "not_wanted"


def _facts(
    left: Sequence[AnnouncedBirthday], reader: ReminderRecipient, mode: str, unsubscribe: str
) -> dict[str, Any]:
    people = [_person(each, reader.locale) for each in left]
    return {
        "mode": mode,
        **_subject(left, people, reader.locale, mode),
        "days": _by_day(left, people, reader.locale),
        "unsubscribe": unsubscribe,
    }


def _subject(
    left: Sequence[AnnouncedBirthday], people: Sequence[ReminderPerson], locale: str, mode: str
) -> dict[str, str]:
    """Whose day it is comes first; the days ahead make the subject only when it is nobody's."""
    pairs = list(zip(left, people, strict=True))
    today = [person for each, person in pairs if each.lead == 0]
    meant = people if mode == "weekly" or not today else today
    alone = len(meant) == 1 and mode != "weekly"
    days = 0 if today else left[0].lead
    return {
        "headline": headline(locale, meant[0].name, meant[0].age, days) if alone else "",
        "subject": mode if mode == "weekly" else "today" if today else "ahead",
        "names": join_names(locale, [each.name for each in meant]),
    }


def _by_day(
    left: Sequence[AnnouncedBirthday], people: Sequence[ReminderPerson], locale: str
) -> list[dict[str, Any]]:
    pairs = groupby(zip(left, people, strict=True), key=lambda pair: pair[0][1:3])
    return [
        {
            "then": _capital(days_away(locale, lead)),
            "date": format_date(locale, occurrence),
            "people": [person for _, person in group],
        }
        for (occurrence, lead), group in pairs
    ]


def _person(each: AnnouncedBirthday, locale: str) -> ReminderPerson:
    age = each.occurrence.year - each.birth_year if each.birth_year else None
    moved = each.birth_key == _FEB_29 and (each.occurrence.month, each.occurrence.day) != (2, 29)
    return ReminderPerson(
        name=display_name(each.first_name, each.last_name, each.extra),
        age=age,
        turns=turns_line(locale, age),
        note=translations_for(locale).born_on_29_february if moved else "",
        phones=[_phone(phone) for phone in each.phones or ()],
    )


def _phone(phone: Mapping[str, Any]) -> dict[str, str]:
    """A number as it was typed, with a link that dials it (RFC 3966)."""
    number = str(phone.get("number") or phone.get("e164") or "")
    dialled = str(phone.get("e164") or "".join(each for each in number if each in _DIALLED))
    extension = phone.get("extension")
    link_ = f"tel:{dialled}" + (f";ext={extension}" if extension else "")
    return {"number": number, "link": link_ if dialled else ""}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
