"""Alice with a contact, Bob with none, and the door that both knock at."""

from collections.abc import Iterator, Mapping
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Connection, select

from functions.avatars.app import handler
from kith.accounts.models import OrphanedPicture, User
from kith.avatars import storage
from kith.avatars.storage import CloudinaryStorage
from tests import clients
from tests.clients import Response
from tests.databases import RolledBack
from tests.factories import create_contact, create_user
from tests.picture_cloud import PictureCloud


class Client(clients.Client):
    """A user at the function of the avatars, and a look into their rows."""

    handler = staticmethod(handler)

    def __init__(self, user_id: UUID, connection: Connection) -> None:
        super().__init__(user_id)
        self.connection = connection

    def upload(
        self,
        content: bytes,
        *,
        to: str = "/api/users/avatar",
        method: str = "PATCH",
        name: str = "me.jpg",
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        form = httpx.Request(
            method, "http://x", files={"file": (name, content)}, data=dict(fields or {})
        )
        sent = {"content-type": form.headers["content-type"], **(headers or {})}
        return self.request(method, to, raw=form.read(), headers=sent)

    def avatar_url(self) -> str | None:
        found = select(User.avatar_url).where(User.id == self.id)
        address = self.connection.execute(found).scalar_one()
        return None if address is None else str(address)

    def orphans(self) -> list[str]:
        found = select(OrphanedPicture.public_id)
        mine = found.where(OrphanedPicture.public_id.contains(str(self.id)))
        return [str(each) for each in self.connection.scalars(mine)]


@pytest.fixture
def alice(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "alice", username="Alice"), database.connection)


@pytest.fixture
def bob(database: RolledBack) -> Client:
    return Client(create_user(database.connection, "bob", username="Bob"), database.connection)


@pytest.fixture
def grace(alice: Client) -> str:
    """The address of Alice's only contact."""
    contact_id = create_contact(alice.connection, alice.id, "Grace Hopper", "1906-12-09")
    return f"/api/contacts/{contact_id}"


@pytest.fixture(autouse=True)
def provider(picture_cloud: PictureCloud) -> Iterator[PictureCloud]:
    """Pictures go to the stand-in."""
    with storage.storage.override(CloudinaryStorage(picture_cloud.account())):
        yield picture_cloud
