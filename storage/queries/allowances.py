"""Requests that tokens may make in a minute, given out to replicas a portion at a time."""

from functools import cache
from typing import Any

from sqlalchemy import case
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Allowance
from storage.queries._core import dialect_of, insert, table_of


async def take(session: AsyncSession, token_id: int, *, minute: int, portion: int) -> int:
    """Take a portion of a minute; how many requests were taken of it so far, this portion included.

    A replica whose clock is behind takes of the newest minute that anybody has begun.
    """
    values = {"token_id": token_id, "minute": minute, "used": portion}
    return int((await session.exec(_take(dialect_of(session)), params=values)).scalar_one())


@cache
def _take(dialect: str) -> Any:
    row, statement = table_of(Allowance).c, insert(Allowance, dialect)
    given = statement.excluded
    newer = given.minute > row.minute
    later = {
        "minute": case((newer, given.minute), else_=row.minute),
        "used": case((newer, given.used), else_=row.used + given.used),
    }
    return statement.on_conflict_do_update(index_elements=["token_id"], set_=later).returning(row.used)
