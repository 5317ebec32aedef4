"""The cast at the door of the birthdays."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, update

from functions.birthdays.app import handler
from kith.contacts.models import Contact
from tests import clients
from tests.databases import RolledBack
from tests.factories import create_contact, create_user


class Client(clients.Client):
    """A user at the function of the birthdays, and a hand in their address book."""

    handler = staticmethod(handler)

    def __init__(self, user_id: UUID, connection: Connection) -> None:
        super().__init__(user_id)
        self.connection = connection

    def add(self, name: str, birthday: str, **columns: Any) -> int:
        return create_contact(self.connection, self.id, name, birthday, **columns)

    def change(self, **columns: Any) -> None:
        """All contacts, past every service."""
        mine = Contact.owner_id == self.id
        self.connection.execute(update(Contact).where(mine).values(**columns))

    def upcoming(self, **query: Any) -> Any:
        response = self.request("GET", "/api/contacts/upcoming_birthdays", query=query)
        assert response.status == 200, response.body
        return response.body


@pytest.fixture
def alice(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "alice"), database.connection)


@pytest.fixture
def bob(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "bob"), database.connection)
