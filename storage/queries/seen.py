"""Which interactions were acted on."""

from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Seen
from storage.queries._core import add_once, begins, put


async def first_time(session: AsyncSession, key: str, now: datetime) -> bool:
    """Whether this key is new; it is remembered when the transaction commits."""
    return await add_once(session, Seen, {"key": key, "at": now})


async def beat(session: AsyncSession, now: datetime) -> None:
    """A row that says nothing but that something could be stored."""
    await put(session, Seen(key="beat", at=now), key=("key",))


async def forget(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget some keys that were seen before that; how many."""
    old = select(Seen.key).where(col(Seen.at) < before).order_by(col(Seen.at)).limit(limit)
    return (await session.exec(delete(Seen).where(col(Seen.key).in_(old)))).rowcount


async def key_that_begins(session: AsyncSession, beginning: str) -> str | None:
    """A key that begins so, where one is remembered."""
    query = select(Seen.key).where(begins(col(Seen.key), beginning)).limit(1)
    return (await session.exec(query)).first()
