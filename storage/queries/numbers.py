"""The numbers that rows will have, where people and machines outside hold on to those of rows that are gone."""

from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Audit, Draft, Revision
from storage.queries._core import dialect_of

NUMBERED: tuple[type[SQLModel], ...] = (Draft, Revision, Audit)


async def leap(session: AsyncSession, by: int) -> None:
    """Give drafts, revisions and entries of the trail numbers that lie so much higher, from now on."""
    for table in (str(model.__tablename__) for model in NUMBERED):
        if dialect_of(session) == "postgresql":
            ahead = "SELECT setval(numbers, nextval(numbers) + :by) FROM pg_get_serial_sequence(:of, 'id') AS numbers"
            await _run(session, ahead, of=table, by=by)
        else:
            unknown = "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :of)"
            await _run(session, f"INSERT INTO sqlite_sequence (name, seq) SELECT :of, 0 {unknown}", of=table)
            await _run(session, "UPDATE sqlite_sequence SET seq = seq + :by WHERE name = :of", of=table, by=by)


async def _run(session: AsyncSession, statement: str, **values: Any) -> None:
    await (await session.connection()).execute(text(statement), values)
