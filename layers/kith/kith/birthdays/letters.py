"""The reminders' letters: what is still true at the moment of sending, and how it is said."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple

from kith import clock
from kith.accounts import unsubscribing
from kith.birthdays import wording
from kith.birthdays.names import called
from kith.birthdays.repository import Announced, Reader, ReminderRepository
from kith.birthdays.wall_clocks import zone_named
from kith.calendar import keys_on
from kith.database.session import Work
from kith.mail.outbox import Letter
from kith.mail.rendering import render
from kith.mail.sender import Composer, NoReasonLeft
from kith.mail.ses import Message
from kith.settings import settings

_MODES: Final = ("per_contact", "daily", "weekly")
_FEB_29: Final = 229
_DIALLED: Final = set("+0123456789")


class Person(NamedTuple):
    """Somebody in a letter."""

    name: str
    age: int | None
    turns: str
    note: str
    phones: list[dict[str, str]]


def compose(work: Work, letter: Letter) -> Message:
    """A reminder as it is true now.

    Raises:
        NoReasonLeft: it is too late, the user wants none, or no birthday of it is left.
    """
    repository = ReminderRepository(work.connection, letter.user_id)
    reader = _willing(repository.reader())
    _in_time(reader, date.fromisoformat(letter.data["local_date"]))
    mode = letter.kind.removeprefix("reminder_")
    left = _still_true(repository, letter, reader, mode)
    unsubscribe = unsubscribing.make_link(letter.user_id, reader.unsubscribe_seed)
    said = render("reminder", reader.locale, _facts(left, reader, mode, unsubscribe))
    return Message(
        to=reader.email,
        subject=said.subject,
        text=said.text,
        html=said.html,
        configuration_set=settings().mail_reminders_set,
        headers=unsubscribing.headers(unsubscribe),
    )


COMPOSERS: Final[Mapping[str, Composer]] = {f"reminder_{mode}": compose for mode in _MODES}


def _willing(reader: Reader | None) -> Reader:
    if reader is None:
        raise NoReasonLeft("user_deleted")
    if reader.verified_at is None:
        raise NoReasonLeft("not_verified")
    if not reader.enabled:
        raise NoReasonLeft("reminders_off")
    return reader


def _in_time(reader: Reader, local_date: date) -> None:
    """Until local midnight: a day late it would be no reminder any more."""
    if clock.today(zone_named(reader.time_zone)) > local_date:
        raise NoReasonLeft("expired")


def _still_true(
    repository: ReminderRepository, letter: Letter, reader: Reader, mode: str
) -> list[Announced]:
    """The birthdays that are still to be told; why the others are not is written down."""
    verdicts = [(_why_not(each, reader, mode), each) for each in repository.announced(letter.id)]
    left = [each for why, each in verdicts if why is None]
    if not left:
        reasons = {why for why, _ in verdicts if why}
        raise NoReasonLeft(reasons.pop() if len(reasons) == 1 else "nobody_left")
    for outcome in {why for why, _ in verdicts}:
        of_these = [each.contact_id for why, each in verdicts if why == outcome]
        repository.mark(letter.id, outcome, of_these)
    return left


def _why_not(each: Announced, reader: Reader, mode: str) -> str | None:
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
    left: Sequence[Announced], reader: Reader, mode: str, unsubscribe: str
) -> dict[str, Any]:
    people = [_person(each, reader.locale) for each in left]
    return {
        "mode": mode,
        **_subject(left, people, reader.locale, mode),
        "days": _by_day(left, people, reader.locale),
        "unsubscribe": unsubscribe,
    }


def _subject(
    left: Sequence[Announced], people: Sequence[Person], locale: str, mode: str
) -> dict[str, str]:
    """Whose day it is comes first; the days ahead make the subject only when it is nobody's."""
    pairs = list(zip(left, people, strict=True))
    today = [person for each, person in pairs if each.lead == 0]
    meant = people if mode == "weekly" or not today else today
    alone = len(meant) == 1 and mode != "weekly"
    days = 0 if today else left[0].lead
    return {
        "headline": wording.headline(locale, meant[0].name, meant[0].age, days) if alone else "",
        "subject": mode if mode == "weekly" else "today" if today else "ahead",
        "names": wording.listed(locale, [each.name for each in meant]),
    }


def _by_day(
    left: Sequence[Announced], people: Sequence[Person], locale: str
) -> list[dict[str, Any]]:
    pairs = groupby(zip(left, people, strict=True), key=lambda pair: pair[0][1:3])
    return [
        {
            "then": _capital(wording.days_away(locale, lead)),
            "date": wording.written_day(locale, occurrence),
            "people": [person for _, person in group],
        }
        for (occurrence, lead), group in pairs
    ]


def _person(each: Announced, locale: str) -> Person:
    age = each.occurrence.year - each.birth_year if each.birth_year else None
    moved = each.birth_key == _FEB_29 and (each.occurrence.month, each.occurrence.day) != (2, 29)
    return Person(
        name=called(each.first_name, each.last_name, each.extra),
        age=age,
        turns=wording.turns_line(locale, age),
        note=wording.words_of(locale).born_on_29_february if moved else "",
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
