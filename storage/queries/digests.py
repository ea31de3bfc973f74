"""Digests: one for each channel and local date."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Digest
from storage.queries._core import add_once, values_of


async def claim(session: AsyncSession, digest: Digest) -> bool:
    """Make this the one digest of its channel and date; false when another process was first."""
    return await add_once(session, Digest, values_of(digest))


async def on(session: AsyncSession, channel_id: int, day: date) -> Digest | None:
    """The digest of a channel and date, if one was made."""
    return (await session.exec(select(Digest).where(Digest.channel_id == channel_id, Digest.date == day))).first()


async def between(session: AsyncSession, channel_id: int, first: date, before: date) -> Sequence[Digest]:
    """The digests of a channel from one date to another, which is not included, the oldest first."""
    query = select(Digest).where(Digest.channel_id == channel_id, Digest.date >= first, Digest.date < before)
    return (await session.exec(query.order_by(col(Digest.date)))).all()


async def newest(session: AsyncSession, channel_id: int, *, before: date | None = None) -> Digest | None:
    """The last digest of the channel, or the last one before a date."""
    query = select(Digest).where(Digest.channel_id == channel_id)
    if before is not None:
        query = query.where(Digest.date < before)
    return (await session.exec(query.order_by(col(Digest.date).desc()).limit(1))).first()


async def posted(session: AsyncSession, channels: Sequence[int], *, since: date, limit: int) -> Sequence[Digest]:
    """The last digests of these channels that said something, the newest first."""
    query = select(Digest).where(
        col(Digest.channel_id).in_(channels), Digest.date >= since, col(Digest.quiet).is_(False)
    )
    return (await session.exec(query.order_by(col(Digest.date).desc(), col(Digest.channel_id)).limit(limit))).all()
