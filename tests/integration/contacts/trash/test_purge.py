from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from kith import clock
from kith.accounts.models import OrphanedPicture
from kith.contacts.models import Contact, IdempotencyRecord
from kith.contacts.trash import purge
from kith.contacts.trash.purge import purge_contacts
from tests.clients import Client
from tests.databases import RolledBack
from tests.factories import create_user

THIRTY_DAYS = timedelta(days=30)


@pytest.fixture
def alice(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "alice"))


def test_the_trash_is_emptied_after_thirty_days(database: RolledBack, alice: Client) -> None:
    for _ in range(3):
        alice.create()
    alice.request("POST", "/api/contacts/bulk", body={"action": "delete", "ids": [1, 2]})
    late = update(Contact).where(Contact.id == 2).values(deleted_at=clock.now())
    database.connection.execute(late)
    early = clock.now() - THIRTY_DAYS
    database.connection.execute(
        update(Contact).where(Contact.id == 1).values(deleted_at=early, photo_public_id="p/1")
    )

    swept = purge_contacts(clock.now())

    assert swept.contacts == 1
    left = database.connection.scalars(select(Contact.id).order_by(Contact.id)).all()
    assert left == [2, 3]
    assert database.connection.scalars(select(OrphanedPicture.public_id)).all() == ["p/1"]


def test_everything_is_swept_in_batches(
    database: RolledBack, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "_BATCH", 2)
    for _ in range(5):
        alice.create()
    alice.request("POST", "/api/contacts/bulk", body={"action": "delete", "ids": [1, 2, 3, 4, 5]})

    assert purge_contacts(clock.now() + THIRTY_DAYS).contacts == 5
    assert purge_contacts(clock.now() + THIRTY_DAYS).contacts == 0


def test_answers_are_forgotten_after_a_day(database: RolledBack, alice: Client) -> None:
    for key in ("one", "two"):
        headers = {"Idempotency-Key": key}
        alice.request("POST", "/api/contacts", body={"first_name": "A"}, headers=headers)

    assert purge_contacts(clock.now() + timedelta(hours=23)).responses == 0
    assert purge_contacts(clock.now() + timedelta(hours=25)).responses == 2

    left = select(func.count()).select_from(IdempotencyRecord)
    assert database.connection.scalar(left) == 0
