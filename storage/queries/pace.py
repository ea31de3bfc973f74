"""Slack's limits as all replicas share them: what is open, what a call spends, what Slack has closed for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, delete, literal_column
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Pace
from storage.queries._core import dialect_of, insert, table_of

EVERY = "*"  # method
ROUNDING = 0.001  # seconds: moments are so large that their last digits are lost
SLIGHTLY = 5.0  # seconds that the clocks of two replicas may differ by and still share a bucket


@dataclass(frozen=True)
class Limit:
    """A method may be called `burst` times at once, and then every so many seconds; `place`: a channel, or empty."""

    method: str
    place: str
    every: float
    burst: int


async def spend(session: AsyncSession, team: str, limits: Iterable[Limit], at: float) -> bool:
    """Take one call out of each bucket; false when one of them is closed. `at` is in seconds since 1970."""
    for limit in limits:
        ahead = (limit.burst - 1) * limit.every
        values = {
            "team": team,
            "method": limit.method,
            "place": limit.place,
            "since": at,
            "opens_at": at - ahead + limit.every,
        }
        bounds = {"at": at + ROUNDING, "soon": at + SLIGHTLY, "floor": at - ahead, "every": limit.every}
        if (await session.exec(_spend(dialect_of(session)), params=values | bounds)).first() is None:
            return False
    return True


async def close(session: AsyncSession, team: str, method: str, place: str, *, since: float, until: float) -> None:
    """Nobody calls this before then."""
    values = {"team": team, "method": method, "place": place, "since": since, "opens_at": until}
    await session.exec(_close(dialect_of(session)), params=values)


async def wait(session: AsyncSession, team: str, method: str, place: str, at: float) -> float:
    """The seconds until the bucket opens; 0: it is open."""
    found = await session.get(Pace, (team, method, place))
    return 0.0 if found is None or found.since > at + SLIGHTLY else max(0.0, found.opens_at - at)


async def reopen(session: AsyncSession, team: str, place: str | None) -> None:
    """Something has changed in the place, or in the workspace: what was refused there is asked again.

    What Slack asked to wait with waits on: that has nothing to do with tokens and invitations.
    """
    query = delete(Pace).where(col(Pace.team) == team, col(Pace.method) == EVERY)
    await session.exec(query if place is None else query.where(col(Pace.place) == place))


@cache
def _spend(dialect: str) -> Any:
    new = insert(Pace, dialect)
    other_clock = _ROW.since > bindparam("soon")
    ahead = case((other_clock, bindparam("floor")), else_=_ROW.opens_at)
    moved = case((ahead > bindparam("floor"), ahead), else_=bindparam("floor")) + bindparam("every")
    is_open = other_clock | (_ROW.opens_at <= bindparam("at"))
    return new.on_conflict_do_update(
        index_elements=["team", "method", "place"], set_={"since": new.excluded.since, "opens_at": moved}, where=is_open
    ).returning(literal_column("1"))


@cache
def _close(dialect: str) -> Any:
    new = insert(Pace, dialect)
    later = case((_ROW.opens_at > new.excluded.opens_at, _ROW.opens_at), else_=new.excluded.opens_at)
    # What another clock had closed counts for nothing.
    until = case((_ROW.since > new.excluded.since + SLIGHTLY, new.excluded.opens_at), else_=later)
    return new.on_conflict_do_update(
        index_elements=["team", "method", "place"], set_={"since": new.excluded.since, "opens_at": until}
    )


_ROW = table_of(Pace).c
