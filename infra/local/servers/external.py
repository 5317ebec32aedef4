"""What was given instead of being started: tried once, so that a mistake shows early."""

from urllib.parse import urlsplit

from infra.local.configuration import StartupError

LOOK_WITHIN_S = 5
_POSTGRESQL = frozenset({"postgresql", "postgres"})


def check_database(url: str) -> None:
    """Connect as the functions will.

    Raises:
        StartupError: the database is not there, or does not let us in.
    """
    from kith.database.engine import make_engine

    if not _is_postgresql(url):
        raise StartupError("DATABASE_URL must be postgresql://user:password@host:port/database")
    try:
        engine = make_engine(url)
        with engine.connect():
            pass
        engine.dispose()
    except Exception as error:
        raise StartupError(f"DATABASE_URL cannot be used: {_reason(error, url)}") from error


def _is_postgresql(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = parts.hostname and parts.port != 0 and parts.path.strip("/")
    except ValueError:
        return False
    return bool(whole) and parts.scheme in _POSTGRESQL


def check_cache(url: str) -> None:
    """As `check_database`, for `REDIS_URL`."""
    import redis

    try:
        client = redis.Redis.from_url(url, socket_timeout=LOOK_WITHIN_S)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as error:
        raise StartupError(f"REDIS_URL cannot be used: {_reason(error, url)}") from error


def check_cloudinary(url: str) -> None:
    """Its form only: an account far away is not asked before anybody has a picture."""
    parts = urlsplit(url)
    if parts.scheme != "cloudinary" or not (parts.username and parts.password and parts.hostname):
        raise StartupError("CLOUDINARY_URL must be cloudinary://key:secret@cloud")


def address(url: str) -> str:
    """Where it is, without what only its owner should know."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2]


def _reason(error: Exception, url: str) -> str:
    """The innermost reason, on one line, without the password."""
    reason = getattr(error, "orig", None) or error
    message = reason.args[0] if reason.args else type(reason).__name__
    text = message.get("M", str(message)) if isinstance(message, dict) else str(message)
    password = urlsplit(url).password
    return " ".join((text.replace(password, "…") if password else text).split())
