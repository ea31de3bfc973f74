"""The audit trail: rows are added and read, and nothing else. The database itself refuses more."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Actor, Audit, Erasing
from storage.queries._core import add as add_rows
from storage.queries._core import add_each_once, add_once, values_of
from storage.words import AuditAct

PERSON = "person:"
LAST = 500  # entries among which those of the last moments are


async def add(session: AsyncSession, row: Audit) -> None:
    await add_rows(session, Audit, [values_of(row)])


async def numbers_of(session: AsyncSession, team: str, users: Collection[str]) -> Mapping[str, int]:
    """The number by which the trail knows each of these people; who is new gets one."""
    found: dict[str, int] = {}
    while new := sorted({*users} - found.keys()):  # again for who was erased before they were read
        await add_each_once(session, Actor, [{"team": team, "user": user} for user in new])
        query = select(Actor.user, Actor.id).where(Actor.team == team, col(Actor.user).in_(new))
        found |= {str(user): int(number or 0) for user, number in (await session.exec(query)).all()}
    return found


async def people(session: AsyncSession, numbers: Collection[int]) -> Mapping[int, str | None]:
    """Who has these numbers; None for who was erased."""
    query = select(Actor.id, Actor.user).where(col(Actor.id).in_(numbers))
    return {int(number or 0): user for number, user in (await session.exec(query)).all()}


async def newest(
    session: AsyncSession, team: str | None, *, channel: str | None = None, below: int | None = None, limit: int
) -> Sequence[Audit]:
    """The last entries, the newest first; with `below` those before that one. Without a team those of all."""
    query = select(Audit).where(*_within(team, channel))
    query = query if below is None else query.where(col(Audit.id) < below)
    return (await session.exec(query.order_by(col(Audit.id).desc()).limit(limit))).all()


async def above(
    session: AsyncSession,
    team: str | None,
    *,
    channel: str | None,
    after: int,
    limit: int,
    since: datetime | None = None,
) -> Sequence[Audit]:
    """Entries numbered above `after`, in their order."""
    query = select(Audit).where(*_within(team, channel), col(Audit.id) > after)
    query = query if since is None else query.where(col(Audit.at) >= since)
    return (await session.exec(query.order_by(col(Audit.id)).limit(limit))).all()


async def settled_until(session: AsyncSession, team: str, *, channel: str | None, since: datetime) -> int | None:
    """The highest number below those of the last moments; None where none were given.

    One that is on its way was given its number in these moments, too: it is above this.
    """
    last = select(col(Audit.id), col(Audit.at)).where(*_within(team, channel)).order_by(col(Audit.id).desc())
    rows = (await session.exec(last.limit(LAST))).all()
    first = min((number or 0 for number, at in rows if at >= since), default=None)
    if first is None:
        return None
    below = select(func.max(Audit.id)).where(*_within(team, channel), col(Audit.id) < first)
    return (await session.exec(below)).one() or 0


async def forget_person(session: AsyncSession, team: str, user: str) -> bool:
    """The trail no longer says who that was; false where it never did."""
    result = await session.exec(update(Actor).where(col(Actor.team) == team, col(Actor.user) == user).values(user=None))
    return bool(result.rowcount)


async def delete_some(session: AsyncSession, team: str, *, limit: int) -> int:
    """Delete entries of a workspace that is erased; how many. The one exception that the database makes."""
    await add_once(session, Erasing, {"team": team})
    some = select(Audit.id).where(Audit.team == team).order_by(col(Audit.id)).limit(limit)
    gone = await session.exec(delete(Audit).where(col(Audit.id).in_(some)))
    await session.exec(delete(Erasing).where(col(Erasing.team) == team))
    return gone.rowcount


def _within(team: str | None, channel: str | None) -> list[ColumnElement[bool]]:
    """What was done to the whole of Assay is told to each workspace, but in no channel.

    That a workspace was erased is told to the operator alone.
    """
    of_all = col(Audit.team).is_(None) & (col(Audit.act) != AuditAct.ERASED)
    bounds = [] if team is None else [or_(col(Audit.team) == team, of_all)]
    return bounds if channel is None else [*bounds, col(Audit.channel) == channel]
