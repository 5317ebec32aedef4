"""The one clock: now, today, and time zones by name.

Deployed, it is the machine's time in UTC. The local cloud and the tests can move or stop it with a
file; ``kith.settings`` refuses such a file anywhere else.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from kith.settings import settings

# Files beside the zones that mean another place on another machine, or none at all.
_NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
_OTHER_TREES: Final = ("posix/", "right/")


def now() -> datetime:
    """This moment, in UTC."""
    machine = datetime.now(UTC)  # noqa: TID251 - the one place that looks at the machine's clock
    file = settings().clock_file
    return _moved(machine, file) if file else machine


def today(zone: ZoneInfo) -> date:
    """The date in a time zone."""
    return now().astimezone(zone).date()


def zone_named(name: str) -> ZoneInfo:
    """The time zone of an IANA name, the same on every machine.

    Raises:
        LookupError: there is none.
    """
    if name in _NO_ZONES or name.startswith(_OTHER_TREES):
        raise LookupError(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise LookupError(name) from None


def _moved(machine: datetime, file: Path) -> datetime:
    """``{"offset_seconds": 60}`` moves the clock, ``{"frozen_at": "2027-…Z"}`` stops it."""
    try:
        wanted = json.loads(file.read_bytes())
    except FileNotFoundError:
        return machine
    if "frozen_at" in wanted:
        return datetime.fromisoformat(wanted["frozen_at"])
    return machine + timedelta(seconds=float(wanted["offset_seconds"]))
