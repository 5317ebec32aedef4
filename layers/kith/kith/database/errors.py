"""Error translation: whatever SQLAlchemy and the driver raise becomes one of our errors, once."""

from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kith.errors import Conflict, Invalid, Unavailable

# Connection failures, a refused sign-in (RDS judges tokens, and takes only so many a second),
# resources, shutdown, read-only standby, lock and statement timeouts, failed transaction
# (PostgreSQL, appendix A). Without a state the connection itself broke.
_TRANSIENT: Final = ("08", "28", "53", "57P", "25006", "55P03", "57014", "25P0")
_LOST_TO_ANOTHER: Final = ("40001", "40P01")


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    detail = "The database is away for the moment; try again shortly."


class SerializationFailure(DatabaseUnavailable):
    """A transaction was undone in favour of a concurrent one: all of it may be run again."""


class UniqueViolation(Conflict):
    """A unique constraint refused a row; ``constraint`` is its name."""

    code = "already_there"

    def __init__(self, constraint: str) -> None:
        super().__init__()
        self.constraint = constraint


class ConstraintViolation(Invalid):
    """Another constraint refused a row; ``constraint`` is its name."""

    code = "constraint_broken"

    def __init__(self, constraint: str) -> None:
        super().__init__()
        self.constraint = constraint


def translate_error(error: Exception) -> Exception:
    """Our error for what the driver raised; the same exception where it is a mistake of ours."""
    if isinstance(error, PoolTimeout | OSError):
        return DatabaseUnavailable()
    if not isinstance(error, DBAPIError):
        return error
    state, constraint = _sqlstate_and_constraint(error)
    if state == "23505":
        return UniqueViolation(constraint)
    if state.startswith("23"):
        return ConstraintViolation(constraint)
    if state in _LOST_TO_ANOTHER:
        return SerializationFailure()
    return DatabaseUnavailable() if not state or state.startswith(_TRANSIENT) else error


def is_value_error(error: Exception) -> bool:
    """Whether a value was refused: without it, the same statement can be run again."""
    return sqlstate_of(error).startswith(("22", "23"))


def sqlstate_of(error: Exception) -> str:
    """The code that PostgreSQL gave; empty where it gave none, such as for a broken connection."""
    return _sqlstate_and_constraint(error)[0] if isinstance(error, DBAPIError) else ""


def _sqlstate_and_constraint(error: DBAPIError) -> tuple[str, str]:
    """Out of the dictionary that pg8000 makes of the fields of PostgreSQL's message."""
    arguments = error.orig.args if error.orig else ()
    fields = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    return str(fields.get("C", "")), str(fields.get("n", ""))
