"""Auth: accounts and sessions over HTTP, the pages that letters link to, and the reference."""

from collections.abc import Mapping

from kith.cold_start import cold_start

with cold_start():
    from sqlalchemy import Connection

    from kith.accounts.account.data_export import register_exporter
    from kith.accounts.models import User
    from kith.accounts.router import ROUTERS
    from kith.http.application import serve
    from kith.reference.router import router as reference

    handler = serve(*ROUTERS, reference)


def _address_book(connection: Connection, user: User, max_bytes: int) -> Mapping[str, object]:
    from kith.contacts.data_export import export_address_book

    return export_address_book(connection, user, max_bytes)


def _calendar(connection: Connection, user: User, max_bytes: int) -> Mapping[str, object]:
    from kith.birthdays.data_export import export_birthdays

    return export_birthdays(connection, user, max_bytes)


register_exporter(_calendar)
register_exporter(_address_book)  # last: it takes what is left of the response
