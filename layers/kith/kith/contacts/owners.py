"""The owner of an address book, out of the account's row: for whoever has no request of theirs."""

from zoneinfo import ZoneInfo

from kith import clock
from kith.accounts.models import User
from kith.contacts.entities import Owner
from kith.contacts.phones.number import region_of_locale


def owner_of_account(user: User) -> Owner:
    """The owner, with today's date on their calendar."""
    today = clock.today(ZoneInfo(user.time_zone))
    return Owner(user.id, today, user.leap_day, region_of_locale(user.locale))
