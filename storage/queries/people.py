"""Who is in a channel, and what role each person has."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Member, Person
from storage.queries._core import put


async def known(session: AsyncSession, channel: Channel, user: str) -> tuple[Member, Person] | None:
    """What we know of a person in a channel; None unless both their place and their role are known."""
    params = {"team": channel.team, "channel": channel.id, "user": user}
    return (await session.exec(_KNOWN, params=params)).first()


async def person(session: AsyncSession, team: str, user: str) -> Person | None:
    """What we know of a person's role in a workspace."""
    return await session.get(Person, (team, user))


async def put_member(session: AsyncSession, row: Member) -> None:
    await put(session, row, key=("channel_id", "user"))


async def put_person(session: AsyncSession, row: Person) -> None:
    await put(session, row, key=("team", "user"))


async def unverified(session: AsyncSession, *, limit: int = 20) -> Sequence[Member]:
    """Members who were let in while Slack was away."""
    query = select(Member).where(col(Member.verified).is_(False)).limit(limit)
    return (await session.exec(query)).all()


_KNOWN = (
    select(Member, Person)
    .join(Person, (col(Person.user) == Member.user) & (col(Person.team) == bindparam("team")))
    .where(col(Member.channel_id) == bindparam("channel"), col(Member.user) == bindparam("user"))
)
