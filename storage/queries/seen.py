"""Which interactions were acted on."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Seen
from storage.queries._core import add_once, put


async def first_time(session: AsyncSession, key: str, now: datetime) -> bool:
    """Whether this key is new; it is remembered when the transaction commits."""
    return await add_once(session, Seen, {"key": key, "at": now})


async def beat(session: AsyncSession, now: datetime) -> None:
    """A row that says nothing but that something could be stored."""
    await put(session, Seen(key="beat", at=now), key=("key",))
