"""What changes after the day's letter: a letter of its own, none twice, and nothing lost."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from kith.accounts.models import User
from kith.birthdays.models import ReminderLogEntry
from kith.birthdays.reminders.composer import REMINDER_COMPOSERS
from kith.contacts.models import Contact
from kith.mail.models import OutboxLetter
from kith.mail.sender import deliver_letter
from tests.clock import FrozenClock
from tests.databases import RolledBack, RolledBackStatements
from tests.factories import create_contact, create_user
from tests.planning import plan_tick
from tests.recorders import RecordingSes

NINE = datetime(2027, 5, 17, 9, tzinfo=UTC)
TICK = timedelta(minutes=15)


class Day:
    """A day of ticks, letters sent after each; the clock is that of the tick."""

    def __init__(self, database: RolledBack, clock: FrozenClock, mail: RecordingSes) -> None:
        self._database = database
        self._clock = clock
        self._mail = mail
        self.now = NINE - TICK

    def tick(self, at: datetime | None = None, *, send: bool = True) -> int:
        """The next tick, or that of another moment."""
        self.now = at or self.now + TICK
        self._clock.set(self.now)
        planned = plan_tick(RolledBackStatements(self._database), self.now)
        if send:
            self.send()
        return planned

    def send(self) -> None:
        pending = select(OutboxLetter.id).where(OutboxLetter.state == "pending")
        for letter_id in self._database.connection.scalars(pending).all():
            deliver_letter(letter_id, REMINDER_COMPOSERS, "reminders")

    def change(self, table: type[User | Contact], **values: object) -> None:
        """A change of everybody, a minute after the tick."""
        at = self.now + timedelta(minutes=1)
        self._clock.set(at)
        self._database.connection.execute(update(table).values(updated_at=at, **values))

    def meet(self, owner: UUID, name: str, birthday: str, **columns: object) -> int:
        """A contact that is added a minute after the tick."""
        at = self.now + timedelta(minutes=1)
        times = {"created_at": at, "updated_at": at}
        return create_contact(self._database.connection, owner, name, birthday, **times, **columns)

    def subjects(self) -> list[str]:
        return [letter["Content"]["Simple"]["Subject"]["Data"] for letter in self._mail.taken]

    def outcomes(self) -> list[str | None]:
        entries = select(ReminderLogEntry.outcome).order_by(ReminderLogEntry.contact_id)
        return list(self._database.connection.scalars(entries))


@pytest.fixture
def day(database: RolledBack, clock: FrozenClock, mail: RecordingSes) -> Day:
    return Day(database, clock, mail)


@pytest.fixture
def alice(database: RolledBack) -> UUID:
    return create_user(database.connection)


def test_a_contact_that_was_added_after_the_day_s_letter_gets_a_letter_of_its_own(
    database: RolledBack, day: Day, alice: UUID
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    day.tick()

    day.meet(alice, "Ada", "1815-05-17")
    planned = [day.tick() for _ in range(4)]

    assert planned == [1, 0, 0, 0]
    assert day.subjects() == ["Grace turns 121 today", "Ada turns 212 today"]


def test_each_addition_of_the_day_is_announced_once(
    database: RolledBack, day: Day, alice: UUID
) -> None:
    day.tick()
    for name in ("Ada", "Alan", "Barbara"):
        day.meet(alice, name, "--05-17")
        day.tick()
        day.tick()

    assert day.subjects() == [f"{name} has a birthday today" for name in ("Ada", "Alan", "Barbara")]


def test_those_who_were_added_together_share_a_letter(day: Day, alice: UUID) -> None:
    day.meet(alice, "Grace", "--05-17")
    day.tick()
    day.meet(alice, "Ada", "--05-17")
    day.meet(alice, "Alan", "--05-17")
    day.tick()

    assert day.subjects() == ["Grace has a birthday today", "Birthdays today: Ada, Alan"]


def test_a_contact_that_was_moved_to_today_gets_a_letter_of_its_own(
    database: RolledBack, day: Day, alice: UUID
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-18")
    day.meet(alice, "Ada", "--05-17")
    day.tick()

    day.change(Contact, birth_day=17)

    assert [day.tick(), day.tick()] == [1, 0]
    assert day.subjects() == ["Ada has a birthday today", "Grace turns 121 today"]


def test_a_lead_that_is_added_after_the_day_s_letter_counts_the_same_day(
    database: RolledBack, day: Day, alice: UUID
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    create_contact(database.connection, alice, "Ada", "1815-05-18")
    day.tick()

    day.change(User, lead_days=[0, 1])

    assert [day.tick(), day.tick()] == [1, 0]
    assert day.subjects() == ["Grace turns 121 today", "Ada turns 212 tomorrow"]


def test_an_hour_that_is_moved_to_what_has_passed_counts_at_once(
    database: RolledBack, day: Day
) -> None:
    alice = create_user(database.connection, reminders_at=time(20))
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    assert day.tick() == 0

    day.change(User, reminders_at=time(8))

    assert [day.tick(), day.tick()] == [1, 0]


def test_whoever_is_verified_after_their_hour_gets_the_day_s_letter(
    database: RolledBack, day: Day
) -> None:
    alice = create_user(database.connection, verified_at=None)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    assert day.tick() == 0

    day.change(User, verified_at=day.now)

    assert [day.tick(), day.tick()] == [1, 0]


def test_the_week_s_letter_has_no_supplement(database: RolledBack, day: Day) -> None:
    alice = create_user(database.connection, reminders_mode="weekly", reminders_weekday=1)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    day.tick()

    day.meet(alice, "Ada", "1815-05-18")

    assert day.tick() == 0


@pytest.mark.parametrize("mode", ["daily", "per_contact"])
def test_whoever_is_merged_into_another_is_not_announced_again(
    database: RolledBack, day: Day, mode: str
) -> None:
    """See also ``tests/integration/birthdays/test_merged.py``."""
    alice = create_user(database.connection, reminders_mode=mode)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    day.tick()

    assert day.tick() == 0


UNDONE = [
    (Contact, {"muted": True}, {"muted": False}),
    (Contact, {"deleted_at": NINE}, {"deleted_at": None}),
    (Contact, {"deceased": True}, {"deceased": False}),
    (Contact, {"birth_day": 18}, {"birth_day": 17}),
    (Contact, {"lead_days": []}, {"lead_days": None}),
    (User, {"reminders_enabled": False}, {"reminders_enabled": True}),
    (User, {"verified_at": None}, {"verified_at": NINE}),
    (User, {"lead_days": [7]}, {"lead_days": [0]}),
]


@pytest.mark.parametrize(("table", "done", "undone"), UNDONE)
@pytest.mark.parametrize("mode", ["daily", "per_contact"])
def test_what_was_dropped_for_a_reason_that_is_undone_the_same_day_is_sent(
    database: RolledBack,
    day: Day,
    mode: str,
    table: type[User | Contact],
    done: dict[str, object],
    undone: dict[str, object],
) -> None:
    alice = create_user(database.connection, reminders_mode=mode)
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    for _ in range(2):  # dropped twice, and undone twice
        day.tick(send=False)
        day.change(table, **done)
        day.send()
        assert database.connection.scalar(select(OutboxLetter.state)) == "dropped"
        day.change(table, **undone)

    assert [day.tick(), day.tick()] == [1, 0]
    assert day.subjects() == ["Grace turns 121 today"]


def test_who_was_left_out_of_a_letter_gets_one_of_their_own_when_that_is_undone(
    database: RolledBack, day: Day, alice: UUID
) -> None:
    create_contact(database.connection, alice, "Grace", "1906-05-17")
    ada = create_contact(database.connection, alice, "Ada", "1815-05-17")
    day.tick(send=False)
    statement = update(Contact).where(Contact.id == ada)
    database.connection.execute(statement.values(muted=True))
    day.send()
    assert day.outcomes() == [None, "muted"]

    day.change(Contact, muted=False)
    day.tick()

    assert day.subjects() == ["Grace turns 121 today", "Ada turns 212 today"]
    assert day.outcomes() == [None, None]


# ------------------------------------------------------------------ 29 February

FEB_28, MAR_1 = datetime(2027, 2, 28, 9, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC)


def leap(database: RolledBack, leap_day: str, lead_days: Sequence[int] = (0,)) -> None:
    columns = {"leap_day": leap_day, "lead_days": list(lead_days)}
    alice = create_user(database.connection, "alice", **columns)
    create_contact(database.connection, alice, "Leap", "2000-02-29")


@pytest.mark.parametrize(("before", "after"), [("feb28", "mar1"), ("mar1", "feb28")])
@pytest.mark.parametrize("changed", [-1, 0, 1], ids=["before both", "between", "at the second"])
def test_a_change_of_the_leap_day_brings_no_second_letter_and_loses_none(
    database: RolledBack, day: Day, before: str, after: str, changed: int
) -> None:
    """Changed before the 28th, between the two days, or in the morning of 1 March."""
    leap(database, leap_day=before)
    moments = [FEB_28 - timedelta(days=1), FEB_28, MAR_1 - timedelta(minutes=15), MAR_1]

    for number, moment in enumerate(moments):
        day.tick(moment)
        if number - 1 == changed:
            day.change(User, leap_day=after)
    day.tick(MAR_1 + TICK)

    assert day.subjects() == ["Leap turns 27 today"]


def test_a_letter_that_was_planned_under_the_old_rule_is_sent_as_the_new_one_says(
    database: RolledBack, day: Day
) -> None:
    leap(database, leap_day="feb28")
    day.tick(FEB_28, send=False)
    day.change(User, leap_day="mar1")
    day.send()

    day.tick(MAR_1)

    assert day.subjects() == ["Leap turns 27 tomorrow"]


def test_whoever_is_added_on_1_march_is_not_announced_a_day_late(
    database: RolledBack, day: Day
) -> None:
    alice = create_user(database.connection, updated_at=MAR_1 - TICK)
    day.tick(MAR_1 - TICK)
    day.meet(alice, "Leap", "2000-02-29")

    assert day.tick(MAR_1) == 0


def test_a_rule_that_stays_brings_one_letter(database: RolledBack, day: Day) -> None:
    leap(database, leap_day="feb28", lead_days=[1, 0])
    for moment in (FEB_28 - timedelta(days=1), FEB_28, MAR_1):
        day.tick(moment)
        day.change(User, locale="en")

    assert day.subjects() == ["Leap turns 27 tomorrow", "Leap turns 27 today"]


# ------------------------------------------------------------------ weekly, expired


def test_the_week_s_letter_honours_a_contact_that_wants_no_reminders(
    database: RolledBack, day: Day
) -> None:
    alice = create_user(database.connection, reminders_mode="weekly", reminders_weekday=1)
    create_contact(database.connection, alice, "Grace", "1906-05-19", lead_days=[])
    create_contact(database.connection, alice, "Ada", "1815-05-19", lead_days=[14])
    day.tick(send=False)

    day.send()

    assert day.subjects() == ["Birthdays this week: Ada"]


def test_the_week_s_letter_leaves_out_whoever_is_silenced_before_it_is_sent(
    database: RolledBack, day: Day
) -> None:
    alice = create_user(database.connection, reminders_mode="weekly", reminders_weekday=1)
    create_contact(database.connection, alice, "Grace", "1906-05-19")
    day.tick(send=False)

    day.change(Contact, lead_days=[])
    day.send()

    assert (day.subjects(), database.connection.scalar(select(OutboxLetter.reason))) == (
        [],
        "not_wanted",
    )


@pytest.mark.parametrize(
    ("zone", "hours", "outcomes"),
    [
        ("America/Los_Angeles", 6, ["expired"]),  # 23:00 of the 17th there, the 18th in UTC
        ("America/Los_Angeles", 8, []),  # 01:00 of the 18th there
        ("Asia/Tokyo", -10, ["expired"]),  # 23:00 of the 17th there
        ("Asia/Tokyo", -8, []),  # 01:00 of the 18th there, still the 17th in UTC
    ],
)
def test_expired_is_judged_by_the_user_s_midnight(
    database: RolledBack, clock: FrozenClock, zone: str, hours: int, outcomes: list[str]
) -> None:
    """A contact that was added after the day was over has missed nothing."""
    alice = create_user(database.connection, time_zone=zone)
    statements = RolledBackStatements(database)
    plan_tick(statements, datetime(2027, 5, 16, 0, tzinfo=UTC))
    added = datetime(2027, 5, 18, tzinfo=UTC) + timedelta(hours=hours)
    create_contact(database.connection, alice, "Grace", "1906-05-17", created_at=added)

    plan_tick(statements, datetime(2027, 5, 20, 0, tzinfo=UTC))

    assert list(database.connection.scalars(select(ReminderLogEntry.outcome))) == outcomes
    assert database.connection.scalar(select(ReminderLogEntry.local_date)) in {
        None,
        date(2027, 5, 17),
    }
