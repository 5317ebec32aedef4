"""Alice with a contact, Bob with none, and the door that both knock at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Connection, select

from functions.avatars.app import handler
from kith.accounts.models import OrphanedPicture, User
from kith.avatars import storage
from kith.avatars.storage import Account, CloudinaryStorage
from tests import events
from tests.databases import RolledBack
from tests.people import befriend, join
from tests.picture_cloud import PictureCloud

Answer = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody signed in."""

    id: UUID
    connection: Connection

    def asks(self, method: str, path: str, **more: Any) -> Answer:
        identity = events.signed_in(self.id, uuid4())
        return handler(events.request(method, path, identity=identity, **more), None)

    def sends(
        self,
        content: bytes,
        *,
        to: str = "/api/users/avatar",
        method: str = "PATCH",
        name: str = "me.jpg",
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        form = httpx.Request(
            method, "http://x", files={"file": (name, content)}, data=dict(fields or {})
        )
        sent = {"content-type": form.headers["content-type"], **(headers or {})}
        return self.asks(method, to, raw=form.read(), headers=sent)

    def shown(self) -> str | None:
        """The address of their picture, if there is one."""
        found = select(User.avatar_url).where(User.id == self.id)
        address = self.connection.execute(found).scalar_one()
        return None if address is None else str(address)

    def orphans(self) -> list[str]:
        found = select(OrphanedPicture.public_id)
        mine = found.where(OrphanedPicture.public_id.contains(str(self.id)))
        return [str(each) for each in self.connection.scalars(mine)]


@pytest.fixture
def alice(database: RolledBack) -> Person:
    return Person(join(database.connection, "alice", username="Alice"), database.connection)


@pytest.fixture
def bob(database: RolledBack) -> Person:
    return Person(join(database.connection, "bob", username="Bob"), database.connection)


@pytest.fixture
def grace(alice: Person) -> str:
    """The address of Alice's only contact."""
    contact_id = befriend(alice.connection, alice.id, "Grace Hopper", "1906-12-09")
    return f"/api/contacts/{contact_id}"


@pytest.fixture(autouse=True)
def provider(picture_cloud: PictureCloud) -> Iterator[PictureCloud]:
    """Pictures go to the stand-in."""
    with storage.storage.override(CloudinaryStorage(Account.read(picture_cloud.url, local=True))):
        yield picture_cloud


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Half a second instead of eight."""
    monkeypatch.setattr(storage, "TIMEOUT_SECONDS", 0.5)
    return monkeypatch.undo
