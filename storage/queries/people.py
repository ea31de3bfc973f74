"""Who is in a channel, and what role each person has."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Member, Person
from storage.queries._insert import put


async def member(session: AsyncSession, channel_id: int, user: str) -> Member | None:
    return await session.get(Member, (channel_id, user))


async def put_member(session: AsyncSession, row: Member) -> None:
    await put(session, row, key=("channel_id", "user"))


async def person(session: AsyncSession, team: str, user: str) -> Person | None:
    return await session.get(Person, (team, user))


async def put_person(session: AsyncSession, row: Person) -> None:
    await put(session, row, key=("team", "user"))


async def unverified(session: AsyncSession, *, limit: int = 20) -> Sequence[Member]:
    """Members who were let in while Slack was away."""
    query = select(Member).where(col(Member.verified).is_(False)).limit(limit)
    return (await session.exec(query)).all()
