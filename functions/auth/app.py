"""Auth: accounts and sessions over HTTP, the pages that letters link to, and the reference."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from kith.accounts import belongings
from kith.accounts.router import ROUTERS
from kith.accounts.vocabulary import User
from kith.http.application import serve
from kith.reference.router import router as reference


def _address_book(connection: Connection, user: User) -> Mapping[str, Any]:
    from kith.contacts.belongings import taken_along

    return taken_along(connection, user)


def _calendar(connection: Connection, user: User) -> Mapping[str, Any]:
    from kith.birthdays.belongings import taken_along

    return taken_along(connection, user)


belongings.register(_address_book)
belongings.register(_calendar)
handler = serve(*ROUTERS, reference)
