"""A reminder at the moment of sending: what is still true, and how it is said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from kith.accounts.models import User
from kith.birthdays.models import ReminderLogEntry
from kith.birthdays.reminders.composer import REMINDER_COMPOSERS
from kith.contacts.details.entities import ContactDetails
from kith.contacts.entities import PhoneEntry
from kith.contacts.models import Contact
from kith.mail.models import OutboxLetter
from kith.mail.sender import deliver_letter
from tests.clock import FrozenClock
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_contact, create_user
from tests.planning import plan_tick
from tests.recorders import RecordingSes

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)


@pytest.fixture
def clock(clock: FrozenClock) -> FrozenClock:
    clock.set(NINE)
    return clock


@pytest.fixture
def alice(database: RolledBack, clock: FrozenClock) -> UUID:
    return create_user(database.connection, email="alice@example.com")


def plan(database: RolledBack) -> list[int]:
    plan_tick(RolledBackStatements(database), NINE)
    return list(database.connection.scalars(select(OutboxLetter.id).order_by(OutboxLetter.key)))


def send(database: RolledBack) -> list[str | None]:
    return [deliver_letter(letter_id, REMINDER_COMPOSERS) for letter_id in plan(database)]


def content(mail: RecordingSes) -> tuple[str, str, str]:
    [letter] = mail.taken
    simple = letter["Content"]["Simple"]
    body = simple["Body"]
    return simple["Subject"]["Data"], body["Text"]["Data"], body["Html"]["Data"]


def change(database: RolledBack, table: Any, **values: Any) -> None:
    database.connection.execute(update(table).values(values))


IVAN_S_PHONES = (PhoneEntry(1, "067 123 45 67", "+380671234567"),)


@pytest.mark.parametrize(
    ("locale", "subject", "line"),
    [
        ("en", "Іван Шевченко turns 37 today", "Today · Monday, 17 May"),
        ("uk", "Іван Шевченко: сьогодні виповнюється 37 років", "Сьогодні · понеділок, 17 травня"),
        ("pl", "Іван Шевченко dziś kończy 37 lat", "Dziś · poniedziałek, 17 maja"),
    ],
)
def test_one_birthday_in_the_reader_s_language(
    database: RolledBack, alice: UUID, mail: RecordingSes, locale: str, subject: str, line: str
) -> None:
    change(database, User, locale=locale)
    create_contact(database.connection, alice, "Іван Шевченко", "1990-05-17", phones=IVAN_S_PHONES)

    assert send(database) == ["sent"]

    found, text, html = content(mail)
    assert found == subject
    assert line in text
    assert line in html
    assert '<a href="tel:+380671234567"' in html
    assert f'lang="{locale}"' in html


def test_a_letter_can_be_stopped_with_one_click(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    send(database)

    [letter] = mail.taken
    headers = {each["Name"]: each["Value"] for each in letter["Content"]["Simple"]["Headers"]}
    assert headers["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/unsubscribe/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"][1:-1] in content(mail)[1]


def test_one_letter_for_many_people(database: RolledBack, alice: UUID, mail: RecordingSes) -> None:
    for name in ("Grace", "Ada", "Alan", "Edsger", "Barbara"):
        create_contact(database.connection, alice, name, "--05-17")

    send(database)

    assert content(mail)[0] == "Birthdays today: Ada, Alan, Barbara and 2 more"


def test_a_nickname_comes_before_a_name_and_nothing_in_it_is_markup(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    nickname = ContactDetails(nickname="<b>Grandma</b>\r\nBcc: all@example.com {{ 7 * 7 }}")
    create_contact(database.connection, alice, "Grace", "1906-05-17", details=nickname)

    send(database)

    subject, _, html = content(mail)
    assert subject == "<b>Grandma</b> Bcc: all@example.com {{ 7 * 7 }} turns 121 today"
    assert "&lt;b&gt;Grandma&lt;/b&gt;" in html


def test_the_weekly_letter_goes_day_by_day(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    change(database, User, reminders_mode="weekly")
    for name, born in (("Grace", "1906-05-19"), ("Ada", "--05-17"), ("Alan", "1912-05-19")):
        create_contact(database.connection, alice, name, born)

    send(database)

    subject, text, _ = content(mail)
    assert subject == "Birthdays this week: Ada, Alan, Grace"
    assert text.index("Today · Monday, 17 May") < text.index("In 2 days · Wednesday, 19 May")


def test_a_birthday_of_29_february_says_so(
    database: RolledBack, alice: UUID, mail: RecordingSes, clock: FrozenClock
) -> None:
    leap = datetime(2027, 2, 28, 9, tzinfo=UTC)
    clock.set(leap)
    create_contact(database.connection, alice, "Leap", "2000-02-29")
    plan_tick(RolledBackStatements(database), leap)

    deliver_letter(database.connection.scalar(select(OutboxLetter.id)) or 0, REMINDER_COMPOSERS)

    assert "born on 29 February" in content(mail)[1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"muted": True}, "muted"),
        ({"deceased": True}, "deceased"),
        ({"deleted_at": NINE}, "deleted"),
        ({"birth_day": 18}, "date_changed"),
        ({"birth_month": None, "birth_day": None, "birth_year": None}, "date_changed"),
        ({"lead_days": [7]}, "not_wanted"),
    ],
)
def test_what_is_no_longer_true_of_a_contact_is_not_told(
    database: RolledBack, alice: UUID, mail: RecordingSes, changes: dict[str, Any], reason: str
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    [letter_id] = plan(database)

    change(database, Contact, **changes)

    assert deliver_letter(letter_id, REMINDER_COMPOSERS) == "dropped"
    assert database.connection.scalar(select(OutboxLetter.reason)) == reason
    assert mail.asked == 0


def test_the_others_are_told_all_the_same(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    muted = create_contact(database.connection, alice, "Ada", "1815-05-17")
    [letter_id] = plan(database)
    database.connection.execute(update(Contact).where(Contact.id == muted).values(muted=True))

    assert deliver_letter(letter_id, REMINDER_COMPOSERS) == "sent"

    assert content(mail)[0] == "Grace turns 121 today"
    outcomes = select(ReminderLogEntry.outcome).order_by(ReminderLogEntry.contact_id)
    assert list(database.connection.scalars(outcomes)) == [None, "muted"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reminders_enabled": False}, "reminders_off"),
        ({"verified_at": None}, "not_verified"),
        ({"lead_days": [1]}, "not_wanted"),
        ({"leap_day": "mar1"}, None),
    ],
)
def test_what_the_user_changed_their_mind_about(
    database: RolledBack, alice: UUID, mail: RecordingSes, changes: dict[str, Any], reason: str
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    [letter_id] = plan(database)

    change(database, User, **changes)

    assert deliver_letter(letter_id, REMINDER_COMPOSERS) == (
        "sent" if reason is None else "dropped"
    )
    assert database.connection.scalar(select(OutboxLetter.reason)) == reason


def test_a_letter_goes_to_the_address_of_this_moment(
    database: RolledBack, alice: UUID, mail: RecordingSes
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    [letter_id] = plan(database)

    change(database, User, email="new@example.com", email_key="new@example.com")

    deliver_letter(letter_id, REMINDER_COMPOSERS)
    assert mail.letters_to() == {"new@example.com": 1}


def test_a_deleted_user_gets_nothing(database: RolledBack, alice: UUID, mail: RecordingSes) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    [letter_id] = plan(database)

    database.connection.execute(delete(User))

    assert deliver_letter(letter_id, REMINDER_COMPOSERS) is None
    assert mail.asked == 0


@pytest.mark.parametrize(("hours", "state"), [(14, "sent"), (15, "dropped")])
def test_a_letter_that_waited_is_sent_until_local_midnight(
    database: RolledBack,
    alice: UUID,
    mail: RecordingSes,
    clock: FrozenClock,
    hours: int,
    state: str,
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    [letter_id] = plan(database)

    clock.set(NINE + timedelta(hours=hours))

    assert deliver_letter(letter_id, REMINDER_COMPOSERS) == state
