"""The users' time zones (IANA)."""

from zoneinfo import ZoneInfo

from kith.telemetry import log_warning


def zone_or_utc(name: str) -> ZoneInfo:
    """The zone of that name; UTC where this machine's time-zone data does not have it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log_warning("time_zone_unknown", zone=name)
        return ZoneInfo("UTC")
