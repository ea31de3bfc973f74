"""Insert that the database may refuse: the one place that knows both dialects."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


def insert(session: AsyncSession, table: type[SQLModel], values: Mapping[str, Any]) -> Any:
    """An INSERT statement that can be given `on_conflict_…` and `returning` clauses."""
    dialect = session.get_bind().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).values(**values)


async def add_once(session: AsyncSession, row: SQLModel) -> bool:
    """Add the row unless a unique key stands against it; false when it does. Columns left None are not sent."""
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    result = await session.exec(insert(session, type(row), values).on_conflict_do_nothing())
    return bool(result.rowcount)


async def add_numbered(session: AsyncSession, row: SQLModel) -> int | None:
    """Add the row unless a unique key stands against it: its number, or None when one does."""
    values = {name: value for name, value in row.model_dump().items() if value is not None}
    statement = insert(session, type(row), values).on_conflict_do_nothing()
    made = (await session.exec(statement.returning(type(row).id))).scalar_one_or_none()  # type: ignore[attr-defined]
    return None if made is None else int(made)


async def put(session: AsyncSession, row: SQLModel, *, key: tuple[str, ...]) -> None:
    """Add the row, or write its other columns over the one that has its key."""
    values = row.model_dump()
    others = {name: value for name, value in values.items() if name not in key}
    await session.exec(insert(session, type(row), values).on_conflict_do_update(index_elements=list(key), set_=others))
