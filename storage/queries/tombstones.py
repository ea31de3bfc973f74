"""What is left of erased drafts: that they were, and when and why they went."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Tombstone
from storage.queries._core import add_each_once
from storage.words import ErasedBecause


async def add(session: AsyncSession, rows: Sequence[Tombstone]) -> None:
    if rows:
        await add_each_once(session, Tombstone, [row.model_dump() for row in rows])


async def known(session: AsyncSession, channel_id: int, hashes: Collection[str]) -> Mapping[str, int]:
    """The numbers of erased drafts by these hashes of their external ids."""
    if not hashes:
        return {}
    query = select(Tombstone.external_hash, Tombstone.draft_id).where(Tombstone.channel_id == channel_id)
    rows = (await session.exec(query.where(col(Tombstone.external_hash).in_(hashes)))).all()
    return {str(external): number for external, number in rows}


async def above(session: AsyncSession, channel_id: int, *, after: int, limit: int) -> Sequence[Tombstone]:
    """Those that stand above a number, in their order."""
    query = select(Tombstone).where(Tombstone.channel_id == channel_id, Tombstone.number > after)
    return (await session.exec(query.order_by(col(Tombstone.number)).limit(limit))).all()


async def counted(session: AsyncSession, team: str, *, why: ErasedBecause, since: datetime) -> int:
    """How many drafts of a workspace were erased since then for this reason."""
    query = select(func.count()).select_from(Tombstone).join(Channel, col(Channel.id) == Tombstone.channel_id)
    query = query.where(Channel.team == team, Tombstone.at >= since, Tombstone.why == why)
    return (await session.exec(query)).one()
