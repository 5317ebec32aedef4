"""The cast at the door of the birthdays."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from functions.birthdays.app import handler
from kith.contacts.models import Contact
from tests import events
from tests.databases import RolledBack
from tests.people import befriend, join


@dataclass
class Visitor:
    """A signed-in user at the door."""

    database: RolledBack
    id: UUID
    profile: dict[str, str] = field(default_factory=dict)

    def befriends(self, name: str, born: str, **facts: Any) -> int:
        return befriend(self.database.connection, self.id, name, born, **facts)

    def change(self, **facts: Any) -> None:
        """All contacts, behind the back of every door."""
        mine = Contact.owner_id == self.id
        self.database.connection.execute(update(Contact).where(mine).values(**facts))

    def asks(self, method: str, path: str, **request: Any) -> tuple[int, Any, dict[str, str]]:
        identity = events.signed_in(self.id, uuid4(), **self.profile)
        return ask(method, path, identity=identity, **request)

    def upcoming(self, **query: Any) -> Any:
        status, body, _ = self.asks("GET", "/api/contacts/upcoming_birthdays", query=query)
        assert status == 200, body
        return body


def ask(method: str, path: str, **request: Any) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of the door's answer."""
    context = SimpleNamespace(aws_request_id="1", function_name="birthdays")
    answer = handler(events.request(method, path, **request), context)
    headers = answer["headers"]
    raw = answer.get("body", "")
    is_json = raw and "json" in headers.get("content-type", "")
    body = events.json_of(answer) if is_json else raw
    return answer["statusCode"], body, headers


@pytest.fixture
def alice(database: RolledBack) -> Visitor:
    return Visitor(database, join(database.connection, "alice"))


@pytest.fixture
def bob(database: RolledBack) -> Visitor:
    return Visitor(database, join(database.connection, "bob"))
