"""The tables of the database with their rows, read only."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.console.rendering import Pages, json_response, wants_page

if TYPE_CHECKING:
    from infra.local.cloud import Cloud

ROWS: Final = 50  # on a page
_CELL: Final = 120  # characters
_COUNTED: Final = 10_000  # rows; more than these are not counted
_TABLES: Final = """
SELECT c.relname, pg_total_relation_size(c.oid)
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_COLUMNS: Final = """
SELECT attname FROM pg_attribute
WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


class TableRoutes:
    def __init__(self, cloud: "Cloud", pages: Pages) -> None:
        self._cloud = cloud
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/_local/tables", self.tables, methods=["GET"]),
            Route("/_local/tables/{name}", self.table, methods=["GET"]),
        ]

    async def tables(self, request: Request) -> Response:
        """Every table: its rows, counted up to 10 001, and its size in bytes."""
        tables = await asyncio.to_thread(_tables, self._cloud.database_url)
        if wants_page(request):
            return self._pages.render("tables.html", tables=tables, counted=_COUNTED)
        return json_response({"items": tables})

    async def table(self, request: Request) -> Response:
        """Fifty rows of a table, in the order of its first column."""
        name, skip = request.path_params["name"], _skip(request)
        url = self._cloud.database_url
        columns, rows = await asyncio.to_thread(_rows, url, name, skip)
        content = {"name": name, "columns": columns, "rows": rows, "skip": skip}
        if wants_page(request):
            return self._pages.render("table.html", step=ROWS, **content)
        return json_response(content)


def _tables(url: str) -> list[dict[str, object]]:
    with reading(url) as database:
        return [
            {"name": name, "rows": _count(database, name), "bytes": size}
            for name, size in database.execute(text(_TABLES))
        ]


def _count(database: Connection, name: str) -> int:
    some = f'SELECT FROM "{name}" LIMIT {_COUNTED + 1}'
    rows = database.scalar(text(f"SELECT count(*) FROM ({some}) AS counted"))  # noqa: S608 - as above
    return int(rows or 0)


def _rows(url: str, name: str, skip: int) -> tuple[list[str], list[list[str]]]:
    with reading(url) as database:
        if name not in {row[0] for row in database.execute(text(_TABLES))}:
            raise HTTPException(404)
        columns = [row[0] for row in database.execute(text(_COLUMNS), {"name": name})]
        statement = f'SELECT * FROM "{name}" ORDER BY 1 LIMIT {ROWS} OFFSET {skip}'  # noqa: S608 - one of the tables, and numbers
        return columns, [_cells(row) for row in database.execute(text(statement))]


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A transaction that can change nothing."""
    address = make_url(url).set(drivername="postgresql+pg8000", query={})
    with create_engine(address, poolclass=NullPool).connect() as database:
        database.execute(text("SET TRANSACTION READ ONLY"))
        yield database


def _cells(row: Sequence[object]) -> list[str]:
    return [_cell(value) for value in row]


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def _skip(request: Request) -> int:
    given = request.query_params.get("skip", "0")
    if not (given.isdecimal() and given.isascii() and len(given) < 10):
        raise HTTPException(422, "skip is a number of rows")
    return int(given)
