"""Time zones of users (IANA), as far as this machine's data knows them."""

from zoneinfo import ZoneInfo

from kith.telemetry import log_warning


def zone_or_utc(name: str) -> ZoneInfo:
    """The zone of that name; UTC where our time-zone data does not know it any more."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log_warning("time_zone_unknown", zone=name)
        return ZoneInfo("UTC")
