"""Why an owner has no room for one more contact, and when they will have."""

import math
from datetime import datetime, timedelta
from typing import Final

from kith.contacts.creation_repository import QuotaLimits, QuotaUsage
from kith.errors import KithError, NotAuthenticated, TooManyRequests
from kith.settings import settings

_DAY: Final = timedelta(hours=24)


class QuotaUsedUp(TooManyRequests):
    code = "contact_quota"
    detail = "No more contacts can be created for now."


def quota_limits() -> QuotaLimits:
    """The quota of the settings."""
    return QuotaLimits(settings().contacts_living, settings().contacts_created, _DAY)


def quota_refusal(usage: QuotaUsage | None, quota: QuotaLimits, at: datetime) -> KithError:
    """The error for an owner who was refused; ``usage`` is ``None`` when their account is gone."""
    if usage is None:
        return NotAuthenticated()
    if usage.since is not None and usage.created >= quota.most_created:
        wait = math.ceil((usage.since + quota.window - at).total_seconds())
        return QuotaUsedUp(wait, "You have created as many contacts as a day allows.")
    return address_book_full()


def address_book_full() -> QuotaUsedUp:
    """The error for an address book that is full: waiting does not help, removing does."""
    wait = int(_DAY.total_seconds())
    return QuotaUsedUp(wait, "Your address book holds as many contacts as it can.")
