"""Settled answers."""

from sqlalchemy import bindparam, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Gold
from storage.queries._core import put as put_row
from storage.queries._core import table_of


async def get(session: AsyncSession, draft_id: int) -> Gold | None:
    return await session.get(Gold, draft_id)


async def put(session: AsyncSession, gold: Gold) -> None:
    """Settle the draft, or settle it anew."""
    await put_row(session, gold, key=("draft_id",))


async def drop(session: AsyncSession, draft_id: int) -> None:
    """The draft is not settled any more."""
    await session.exec(_DROP, params={"draft": draft_id})


_GOLD = table_of(Gold)
_DROP = delete(_GOLD).where(_GOLD.c.draft_id == bindparam("draft"))
