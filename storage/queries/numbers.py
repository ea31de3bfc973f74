"""The numbers that rows will have, where people and machines outside hold on to those of rows that are gone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Audit, Draft, Revision
from storage.queries._core import dialect_of

NUMBERED: tuple[type[SQLModel], ...] = (Draft, Revision, Audit)
REVISIONS = str(Revision.__tablename__)


async def take_numbers(session: AsyncSession, count: int) -> Sequence[int]:
    """Some numbers that no revision will ever have: tombstones stand among revisions."""
    if dialect_of(session) == "postgresql":
        # Not all in a row: revisions may be given some in between.
        taken = "SELECT nextval(pg_get_serial_sequence(:of, 'id')) FROM generate_series(1, :count)"
        return [int(number) for number in (await _run(session, taken, of=REVISIONS, count=count)).scalars()]
    await _raise(session, REVISIONS, count)
    last = "SELECT seq FROM sqlite_sequence WHERE name = :of"
    highest = int((await _run(session, last, of=REVISIONS)).scalar_one())
    return range(highest - count + 1, highest + 1)


async def leap(session: AsyncSession, by: int) -> None:
    """Give drafts, revisions and entries of the trail numbers that lie so much higher, from now on."""
    for table in (str(model.__tablename__) for model in NUMBERED):
        if dialect_of(session) == "postgresql":
            ahead = "SELECT setval(numbers, nextval(numbers) + :by) FROM pg_get_serial_sequence(:of, 'id') AS numbers"
            await _run(session, ahead, of=table, by=by)
        else:
            await _raise(session, table, by)


async def _raise(session: AsyncSession, table: str, by: int) -> None:
    """On SQLite, which has no row for a table that never had one."""
    unknown = "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :of)"
    await _run(session, f"INSERT INTO sqlite_sequence (name, seq) SELECT :of, 0 {unknown}", of=table)
    await _run(session, "UPDATE sqlite_sequence SET seq = seq + :by WHERE name = :of", of=table, by=by)


async def _run(session: AsyncSession, statement: str, **values: Any) -> CursorResult[Any]:
    return await (await session.connection()).execute(text(statement), values)
