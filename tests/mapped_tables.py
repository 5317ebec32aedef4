"""Every table that the code describes, whatever else was imported."""

import importlib
import pkgutil

from sqlalchemy import Table

import kith
from kith.database.base import Base


def mapped_tables() -> dict[str, Table]:
    """All tables by name, from the ``models`` module of every package."""
    for module in pkgutil.walk_packages(kith.__path__, "kith."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    return {table.name: table for table in Base.metadata.sorted_tables}
