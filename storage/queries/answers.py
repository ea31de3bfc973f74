"""Answers kept for requests that are repeated with the same Idempotency-Key."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Answered
from storage.queries._core import add_once, values_of


async def of(session: AsyncSession, token_id: int, key: str, *, since: datetime) -> Answered | None:
    """What was answered to this key, if not before that."""
    query = select(Answered).where(Answered.token_id == token_id, Answered.key == key, Answered.at >= since)
    return (await session.exec(query)).first()


async def keep(session: AsyncSession, answered: Answered, *, since: datetime) -> bool:
    """Remember an answer; false where one stands that is not older than that."""
    old = delete(Answered).where(
        col(Answered.token_id) == answered.token_id, col(Answered.key) == answered.key, col(Answered.at) < since
    )
    await session.exec(old)
    return await add_once(session, Answered, values_of(answered))


async def every(session: AsyncSession) -> Sequence[Answered]:
    return (await session.exec(select(Answered))).all()


async def forget(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget some that were given before that, the oldest, and more only where they are of one moment; how many."""
    old = select(Answered.at).where(col(Answered.at) < before).order_by(col(Answered.at)).limit(limit).subquery()
    last = select(func.max(old.c.at)).scalar_subquery()
    return (await session.exec(delete(Answered).where(col(Answered.at) <= last))).rowcount
