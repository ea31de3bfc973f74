"""How a database would go about what it was asked."""

from typing import Any

from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.engine import Sessions

Asked = list[tuple[str, Any]]


def statements_of(sessions: Sessions) -> Asked:
    """Whatever is asked from now on, with what is given."""
    asked: Asked = []
    for engine in {sessions.reader.sync_engine, sessions.writer.sync_engine}:
        event.listen(
            engine,
            "before_cursor_execute",
            lambda _, __, statement, given, *___: asked.append((statement, given)),
        )
    return asked


async def planned(session: AsyncSession, asked: Asked) -> list[str]:
    """A line for each step of what was asked."""
    connection, told = await session.connection(), list[str]()
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    for words, given in [one for one in asked if "FROM" in one[0] or one[0].startswith("UPDATE")]:
        plan = (await connection.exec_driver_sql(f"{how} {words}", given)).all()
        told += [line[-1] for line in plan]
    return told


async def along_indexes_if_any(session: AsyncSession) -> None:
    """So few rows PostgreSQL would read whole, and rightly so: asked is whether there is an index to go along."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
