"""Inserts and changes by SQLAlchemy's core: on the path of a click its objects cost more than the database.

Statements are built once, for that too costs more than running them; values go with `params`.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

LONGEST_WAIT = timedelta(minutes=1)  # for an answer of Slack's
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # before anything: where SQLite takes an index for any bound of a time


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that need no objects."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def dialect_of(session: AsyncSession) -> str:
    """ "sqlite" or "postgresql"."""
    return session.get_bind().dialect.name


async def along_indexes(session: AsyncSession) -> None:
    """From now on until the transaction ends PostgreSQL joins row by row along indexes, as SQLite always does.

    For the last weeks of a long history: where it guesses that they hold many times the rows that they do, or plans
    once for any weeks there may be, it reads whole tables, and takes seconds for millions of rows.
    """
    if dialect_of(session) == "postgresql" and not session.info.get(_ALONG):
        await session.exec(_ALONG_INDEXES)
        session.info[_ALONG] = True


def beside_indexes(session: AsyncSession, column: Any) -> Any:
    """The column, where a page of rows is read along their numbers.

    By an index of the column SQLite would read and sort for each page all rows that are alike in it.
    """
    return column + 0 if dialect_of(session) == "sqlite" else column


def begins(column: Any, beginning: str) -> Any:
    """Whether a text begins so, to the letter: SQLite's LIKE takes small ones for capitals."""
    return column.startswith(beginning, autoescape=True) & (func.substr(column, 1, len(beginning)) == beginning)


def insert(model: type[SQLModel], dialect: str) -> Any:
    """An INSERT that can be given `on_conflict_…` and `returning` clauses: the one place that knows both dialects."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table_of(model))


async def add(session: AsyncSession, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Add rows with the same columns. Raises IntegrityError where a key stands against one."""
    await session.exec(_plain(model, dialect_of(session)), params=rows)


async def add_once(session: AsyncSession, model: type[SQLModel], values: dict[str, Any]) -> bool:
    """Add the row unless a unique key stands against it; false when it does."""
    result = await session.exec(_once_told(model, dialect_of(session)), params=values)
    return result.first() is not None


async def add_numbered(session: AsyncSession, model: type[SQLModel], values: dict[str, Any]) -> int:
    """Add the row and tell its number. Raises IntegrityError where a key stands against it."""
    result = await session.exec(_numbered(model, dialect_of(session)), params=values)
    return int(result.scalar_one())


async def add_numbered_once(
    session: AsyncSession, model: type[SQLModel], rows: list[dict[str, Any]], *, known_by: tuple[str, ...]
) -> dict[tuple[Any, ...], int]:
    """Add each row, of the same columns, unless a unique key stands against it: the numbers of those that were added,
    by the values of some of their columns."""
    made = await session.exec(_once_numbered(model, dialect_of(session), known_by), params=rows)
    return {tuple(known): number for number, *known in made.all()}


async def add_each_once(session: AsyncSession, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Add each row, of the same columns, unless a unique key stands against it."""
    await session.exec(_once(model, dialect_of(session)), params=rows)


async def put(
    session: AsyncSession, row: SQLModel, *, key: tuple[str, ...], but: tuple[str, ...] = (), since: str | None = None
) -> None:
    """Add the row, or write its other columns, `but` for some, over the one that has its key.

    `since`: the column that says of when a row is; one that is newer stays as it is, but not what is further ahead than
    anybody waits for an answer, for that was written by a wrong clock.
    """
    params = row.model_dump() | ({} if since is None else {"ahead": getattr(row, since) + LONGEST_WAIT})
    await session.exec(_over(type(row), dialect_of(session), key, but, since), params=params)


def values_of(row: SQLModel) -> dict[str, Any]:
    """The row's columns, without those left None."""
    return {name: value for name, value in row.model_dump().items() if value is not None}


_ALONG = "along indexes"
_ALONG_INDEXES: Any = select(
    *(func.set_config(f"enable_{way}", "off", True) for way in ("hashjoin", "mergejoin", "seqscan"))
)


@cache
def _plain(model: type[SQLModel], dialect: str) -> Any:
    return insert(model, dialect)


@cache
def _once(model: type[SQLModel], dialect: str) -> Any:
    return insert(model, dialect).on_conflict_do_nothing()


@cache
def _once_told(model: type[SQLModel], dialect: str) -> Any:
    # What was added is returned: psycopg does not tell the row count of an INSERT.
    return _once(model, dialect).returning(literal_column("1"))


@cache
def _numbered(model: type[SQLModel], dialect: str) -> Any:
    return insert(model, dialect).returning(table_of(model).c.id)


@cache
def _once_numbered(model: type[SQLModel], dialect: str, known_by: tuple[str, ...]) -> Any:
    columns = table_of(model).c
    return _once(model, dialect).returning(columns.id, *(columns[name] for name in known_by))


@cache
def _over(model: type[SQLModel], dialect: str, key: tuple[str, ...], but: tuple[str, ...], since: str | None) -> Any:
    statement = insert(model, dialect)
    others = {column.name: column for column in statement.excluded if column.name not in (*key, *but)}
    if since is None:
        return statement.on_conflict_do_update(index_elements=list(key), set_=others)
    stored = table_of(model).c[since]
    older = or_(stored <= statement.excluded[since], stored > bindparam("ahead", type_=stored.type))
    return statement.on_conflict_do_update(index_elements=list(key), set_=others, where=older)
