"""Settled answers."""

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Gold
from storage.queries._insert import put as put_row


async def get(session: AsyncSession, draft_id: int) -> Gold | None:
    return await session.get(Gold, draft_id)


async def put(session: AsyncSession, gold: Gold) -> None:
    """Settle the draft, or settle it anew."""
    await put_row(session, gold, key=("draft_id",))


async def drop(session: AsyncSession, draft_id: int) -> None:
    """The draft is not settled any more."""
    await session.exec(delete(Gold).where(col(Gold.draft_id) == draft_id))
