"""The declarative base of all mapped classes, and the column types that they share.

A mapped class (``kith.*.models``) is the one declaration of a table: its columns, their types and
constraints. Everything else is derived from it. Constraints get their names by convention, so that
migrations and error translation can rely on them.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import DateTime, LargeBinary, MetaData, SmallInteger, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeEngine

# A 16-bit integer.
SmallInt = Annotated[int, mapped_column(SmallInteger)]


class Base(DeclarativeBase):
    """The base of every mapped class. Text is unbounded, moments have a time zone."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, type[TypeEngine[Any]] | TypeEngine[Any]]] = {
        str: Text(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
    }
