"""The reminders' letters: what is still true at the moment of sending, rendered."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

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
from kith.calendar import celebrated, keys_on
from kith.contacts.entities import PhoneEntry
from kith.database.unit_of_work import UnitOfWork
from kith.mail.outbox import Letter
from kith.mail.rendering import render_letter
from kith.mail.sender import LetterComposer, LetterObsolete
from kith.mail.ses import EmailMessage
from kith.settings import settings

_MODES: Final = ("per_contact", "daily", "weekly")
_FEB_29: Final = 229
_LEAP_DAYS: Final = ("feb28", "mar1")
_DIALABLE: Final = set("+0123456789")


class ReminderPerson(NamedTuple):
    """A contact in a letter, as the templates see it."""

    name: str
    age: int | None
    turns: str
    note: str
    phones: list[dict[str, str]]


def compose_reminder(work: UnitOfWork, letter: Letter) -> EmailMessage:
    """A reminder as it is true now.

    Raises:
        LetterObsolete: it is too late, the user wants none, or no birthday of it is left.
    """
    repository = ReminderRepository(work.connection, letter.user_id)
    recipient = _require_recipient(repository.recipient())
    _require_same_day(recipient, date.fromisoformat(letter.data["local_date"]))
    mode = letter.kind.removeprefix("reminder_")
    birthdays = _valid_birthdays(repository, letter, recipient, mode)
    unsubscribe = make_unsubscribe_link(letter.user_id, recipient.unsubscribe_seed)
    context = _context(birthdays, recipient.locale, mode)
    rendered = render_letter("reminder", recipient.locale, {**context, "unsubscribe": unsubscribe})
    return EmailMessage(
        to=recipient.email,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        configuration_set=settings().mail_reminders_set,
        headers=unsubscribe_headers(unsubscribe),
    )


REMINDER_COMPOSERS: Final[Mapping[str, LetterComposer]] = {
    f"reminder_{mode}": compose_reminder for mode in _MODES
}


def _require_recipient(recipient: ReminderRecipient | None) -> ReminderRecipient:
    if recipient is None:
        raise LetterObsolete("user_deleted")
    if recipient.verified_at is None:
        raise LetterObsolete("not_verified")
    if not recipient.enabled:
        raise LetterObsolete("reminders_off")
    return recipient


def _require_same_day(recipient: ReminderRecipient, local_date: date) -> None:
    """Until local midnight: a day late it would be no reminder any more."""
    if clock.today(zone_or_utc(recipient.time_zone)) > local_date:
        raise LetterObsolete("expired")


def _valid_birthdays(
    repository: ReminderRepository, letter: Letter, recipient: ReminderRecipient, mode: str
) -> list[AnnouncedBirthday]:
    """The birthdays that are still to be announced; the reasons of the others are logged."""
    announced = repository.announced(letter.id)
    reasons = [_drop_reason(birthday, recipient, mode) for birthday in announced]
    judged = list(zip(reasons, announced, strict=True))
    if None not in reasons:
        raise LetterObsolete(reasons[0] if len(set(reasons)) == 1 and reasons[0] else "nobody_left")
    for reason in set(reasons):
        contact_ids = [birthday.contact_id for why, birthday in judged if why == reason]
        repository.record_outcome(letter.id, reason, contact_ids)
    valid = [birthday for reason, birthday in judged if reason is None]
    return [_observed_now(birthday, recipient.leap_day) for birthday in valid]


def _drop_reason(
    birthday: AnnouncedBirthday, recipient: ReminderRecipient, mode: str
) -> str | None:
    if birthday.found is None or birthday.deleted_at is not None:
        return "deleted"
    if birthday.deceased:
        return "deceased"
    if birthday.muted:
        return "muted"
    if all(birthday.birth_key not in keys_on(birthday.occurrence, rule) for rule in _LEAP_DAYS):
        return "date_changed"
    if birthday.lead_days == []:
        return "not_wanted"
    leads = recipient.lead_days if birthday.lead_days is None else birthday.lead_days
    return None if mode == "weekly" or birthday.lead in leads else "not_wanted"


def _observed_now(birthday: AnnouncedBirthday, leap_day: str) -> AnnouncedBirthday:
    """A birthday of 29 February, on the day of the rule that holds now, unless that has passed.

    The user may have changed the rule since the letter was planned; the letter is sent all the
    same, since the other day would bring no second one.
    """
    if birthday.birth_key != _FEB_29:
        return birthday
    occurrence = celebrated(2, 29, birthday.occurrence.year, leap_day)
    lead = birthday.lead + (occurrence - birthday.occurrence).days
    return birthday._replace(occurrence=occurrence, lead=lead) if lead >= 0 else birthday


def _context(birthdays: Sequence[AnnouncedBirthday], locale: str, mode: str) -> dict[str, object]:
    people = [_person(birthday, locale) for birthday in birthdays]
    return {
        "mode": mode,
        **_subject(birthdays, people, locale, mode),
        "days": _by_day(birthdays, people, locale),
    }


def _subject(
    birthdays: Sequence[AnnouncedBirthday], people: Sequence[ReminderPerson], locale: str, mode: str
) -> dict[str, str]:
    """Today's birthdays make the subject; those of the days ahead only when there are none."""
    pairs = list(zip(birthdays, people, strict=True))
    today = [person for birthday, person in pairs if birthday.lead == 0]
    named = people if mode == "weekly" or not today else today
    alone = len(named) == 1 and mode != "weekly"
    days = 0 if today else birthdays[0].lead
    return {
        "headline": headline(locale, named[0].name, named[0].age, days) if alone else "",
        "subject": mode if mode == "weekly" else "today" if today else "ahead",
        "names": join_names(locale, [person.name for person in named]),
    }


def _by_day(
    birthdays: Sequence[AnnouncedBirthday], people: Sequence[ReminderPerson], locale: str
) -> list[dict[str, object]]:
    pairs = zip(birthdays, people, strict=True)
    days = groupby(pairs, key=lambda pair: (pair[0].occurrence, pair[0].lead))
    return [
        {
            "then": _capitalize(days_away(locale, lead)),
            "date": format_date(locale, occurrence),
            "people": [person for _, person in group],
        }
        for (occurrence, lead), group in days
    ]


def _person(birthday: AnnouncedBirthday, locale: str) -> ReminderPerson:
    day = birthday.occurrence
    age = day.year - birthday.birth_year if birthday.birth_year else None
    moved = birthday.birth_key == _FEB_29 and (day.month, day.day) != (2, 29)
    return ReminderPerson(
        name=display_name(birthday.first_name, birthday.last_name, birthday.details.nickname),
        age=age,
        turns=turns_line(locale, age),
        note=translations_for(locale).born_on_29_february if moved else "",
        phones=[_phone(phone) for phone in birthday.phones or ()],
    )


def _phone(phone: PhoneEntry) -> dict[str, str]:
    """A number as it was typed, with a link that dials it (RFC 3966)."""
    dialable = phone.e164 or "".join(each for each in phone.number if each in _DIALABLE)
    link = f"tel:{dialable}" + (f";ext={phone.extension}" if phone.extension else "")
    return {"number": phone.number, "link": link if dialable else ""}


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]
