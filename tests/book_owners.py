"""People with an address book, at the door of the contacts."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from functions.contacts.app import handler
from kith import clock
from kith.accounts.models import User
from tests import events


@dataclass(frozen=True)
class Answered:
    """What the door answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Person:
    """Somebody with an address book, at the door."""

    def __init__(self, user_id: UUID, **profile: str) -> None:
        self.id = user_id
        self.identity = events.signed_in(user_id, uuid4(), **profile)

    def event(self, method: str, path: str, **request: Any) -> events.Event:
        """What the gateway sends for a request of this person."""
        return events.request(method, path, identity=self.identity, **request)

    def asks(self, method: str, path: str, **request: Any) -> Answered:
        event = self.event(method, path, **request)
        context = SimpleNamespace(aws_request_id="1", function_name="contacts")
        answer = handler(event, context)
        body = events.json_of(answer) if answer.get("body") else None
        return Answered(answer["statusCode"], answer["headers"], body)

    def knows(self, first_name: str = "Grace", **more: Any) -> Any:
        """A new contact, as it is answered."""
        answered = self.asks("POST", "/api/contacts", body={"first_name": first_name, **more})
        assert answered.status == 201, answered.body
        return answered.body


def signed_up(connection: Any, name: str, **more: Any) -> UUID:
    user_id = uuid4()
    now = clock.now()
    row = {
        "id": user_id,
        "email": f"{name}-{user_id}@example.com",
        "email_key": f"{name}-{user_id}@example.com",
        "password_hash": "none",
        "tokens_valid_after": now,
        "unsubscribe_seed": b"seed",
        "created_at": now,
        "updated_at": now,
        **more,
    }
    connection.execute(insert(User).values(row))
    return user_id
