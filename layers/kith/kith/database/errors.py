"""Database trouble, translated once: whatever the driver raises becomes one of our errors."""

from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kith.errors import Conflict, Invalid, Unavailable

# Connection trouble, resources, shutdown, read-only standby, serialization, deadlock, lock and
# statement timeouts (PostgreSQL, appendix A).
_PASSING: Final = ("08", "53", "57P", "25006", "40001", "40P01", "55P03", "57014", "25P0")


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    detail = "The database is away for the moment; try again shortly."


class AlreadyThere(Conflict):
    """A unique constraint said no; ``constraint`` is its name."""

    code = "already_there"

    def __init__(self, constraint: str) -> None:
        super().__init__()
        self.constraint = constraint


class ConstraintBroken(Invalid):
    """Another constraint said no; ``constraint`` is its name."""

    code = "constraint_broken"

    def __init__(self, constraint: str) -> None:
        super().__init__()
        self.constraint = constraint


def translate_error(trouble: Exception) -> Exception:
    """Our error for what the driver raised; the same exception where it is a mistake of ours."""
    if isinstance(trouble, PoolTimeout | OSError):
        return DatabaseUnavailable()
    if not isinstance(trouble, SQLAlchemyError):
        return trouble
    state, constraint = _facts(trouble)
    if state == "23505":
        return AlreadyThere(constraint)
    if state.startswith("23"):
        return ConstraintBroken(constraint)
    if state.startswith(_PASSING) or _lost(trouble, state):
        return DatabaseUnavailable()
    return trouble


def breaks_connection(trouble: Exception) -> bool:
    """Whether a connection must not be used again: its answers may belong to other questions."""
    if isinstance(trouble, OSError):
        return True
    if not isinstance(trouble, DBAPIError):
        return False
    state, _ = _facts(trouble)
    return not state or state.startswith(("08", "57P"))


def is_value_error(trouble: Exception) -> bool:
    """Whether a value was refused: without it, the same statement can be asked again."""
    return isinstance(trouble, DBAPIError) and _facts(trouble)[0].startswith(("22", "23"))


def _facts(trouble: SQLAlchemyError) -> tuple[str, str]:
    """SQLSTATE and constraint, out of the dictionary that pg8000 makes of PostgreSQL's fields."""
    origin = getattr(trouble, "orig", None)
    if origin is None or not origin.args or not isinstance(origin.args[0], dict):
        return "", ""
    said = origin.args[0]
    return str(said.get("C", "")), str(said.get("n", ""))


def _lost(trouble: SQLAlchemyError, state: str) -> bool:
    """The connection broke: then there is no SQLSTATE, only the driver's own complaint."""
    return isinstance(trouble, DBAPIError) and not state
