"""Who is in a channel, and what role each person has."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, literal_column
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Member, Person, Workspace
from storage.queries._core import dialect_of, insert, put, table_of


async def known(session: AsyncSession, channel: Channel, user: str) -> tuple[Member, Person] | None:
    """What we know of a person in a channel; None unless both their place and their role are known."""
    params = {"team": channel.team, "channel": channel.id, "user": user}
    return (await session.exec(_KNOWN, params=params)).first()


async def person(session: AsyncSession, team: str, user: str) -> Person | None:
    """What we know of a person's role in a workspace."""
    return await session.get(Person, (team, user))


async def held_person(session: AsyncSession, team: str, user: str) -> Person | None:
    """The same, held against other writers until the transaction ends, as it is stored now."""
    return await session.get(Person, (team, user), populate_existing=True, with_for_update=True)


async def put_member(session: AsyncSession, row: Member) -> None:
    """Write down what Slack said of somebody's place, unless something newer is known."""
    await put(session, row, key=("channel_id", "user"), since="checked_at")


async def hear_of_member(session: AsyncSession, row: Member, *, happened: datetime) -> bool:
    """An event told where somebody is; whether Slack has said who they are stays as it was.

    False where something is known that is newer than what `happened` then, also by an event that came at once.
    """
    params = row.model_dump() | {"happened": happened}
    return (await session.exec(_hear(dialect_of(session)), params=params)).first() is not None


async def guess_member(session: AsyncSession, channel_id: int, user: str, now: datetime) -> Member:
    """Somebody of whom nothing is known is taken to be there, to be looked up later; who left has left."""
    guess = Member(channel_id=channel_id, user=user, present=True, verified=False, checked_at=now)
    await session.exec(_guess(dialect_of(session)), params=guess.model_dump())
    return (await session.exec(_MEMBER, params={"channel": channel_id, "user": user})).one()


async def put_person(session: AsyncSession, row: Person) -> None:
    """Write down somebody's role, unless something newer is known.

    Whoever let the app into their workspace is an admin of it, whatever Slack says.
    """
    installed = select(Workspace.team).where(Workspace.team == row.team, Workspace.installed_by == row.user)
    row.admin = row.admin or (await session.exec(installed)).first() is not None
    await put(session, row, key=("team", "user"), since="checked_at")


async def forget_person(session: AsyncSession, team: str, user: str) -> None:
    """Their role is asked of Slack again."""
    await session.exec(delete(Person).where(col(Person.team) == team, col(Person.user) == user))


async def unverified(session: AsyncSession, *, limit: int = 20) -> Sequence[tuple[Member, Channel]]:
    """Members who were let in while Slack was away, of each workspace in turn.

    Drawn by lot, so that nobody always waits behind one whom Slack does not name; and with nothing written down of a
    look-up that told nothing, for `checked_at` says which event came late.
    """
    lot = func.random()
    turn = func.row_number().over(partition_by=col(Channel.team), order_by=lot)
    query = select(Member, Channel).join(Channel, col(Channel.id) == Member.channel_id)
    query = query.where(col(Member.verified).is_(False)).order_by(turn, lot).limit(limit)
    return (await session.exec(query)).all()


async def member(session: AsyncSession, channel_id: int, user: str) -> Member | None:
    """What we know of a person's place in a channel."""
    return await session.get(Member, (channel_id, user), populate_existing=True)


async def admins(session: AsyncSession, team: str, *, limit: int = 5) -> Sequence[str]:
    """Some of the workspace's admins, as far as they were ever looked up."""
    query = select(Person.user).where(Person.team == team, col(Person.admin), col(Person.outsider).is_(False))
    return (await session.exec(query.order_by(col(Person.checked_at).desc()).limit(limit))).all()


async def away(session: AsyncSession, channel: Channel, users: Sequence[str]) -> Sequence[str]:
    """Those of these people who left the channel, or Slack altogether, in their order."""
    left = select(Member.user).where(Member.channel_id == channel.id, col(Member.present).is_(False))
    found = set((await session.exec(left)).all()) | await outsiders(session, channel.team, users)
    return [user for user in users if user in found]


async def outsiders(session: AsyncSession, team: str, users: Collection[str]) -> set[str]:
    """Those of these people who have no role in the workspace any more: guests, strangers, and who left Slack."""
    query = select(Person.user).where(Person.team == team, col(Person.outsider), col(Person.user).in_(users))
    return set((await session.exec(query)).all())


@cache
def _hear(dialect: str) -> Any:
    told, stored = insert(Member, dialect), table_of(Member).c
    heard = told.on_conflict_do_update(
        index_elements=["channel_id", "user"],
        set_={"present": told.excluded.present, "checked_at": told.excluded.checked_at},
        where=stored.checked_at <= bindparam("happened", type_=stored.checked_at.type),
    )
    return heard.returning(literal_column("1"))


@cache
def _guess(dialect: str) -> Any:
    members = table_of(Member).c
    return insert(Member, dialect).on_conflict_do_update(
        index_elements=["channel_id", "user"], set_={"verified": False}, where=members.present.is_(True)
    )


_MEMBER = select(Member).where(col(Member.channel_id) == bindparam("channel"), col(Member.user) == bindparam("user"))
_KNOWN = (
    select(Member, Person)
    .join(Person, (col(Person.user) == Member.user) & (col(Person.team) == bindparam("team")))
    .where(col(Member.channel_id) == bindparam("channel"), col(Member.user) == bindparam("user"))
)
