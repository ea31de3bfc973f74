"""What workspaces that installed the app themselves gave for it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Installation
from storage.queries._core import put


async def of(session: AsyncSession, team: str) -> Installation | None:
    return (await session.exec(_OF, params={"team": team})).first()


async def every(session: AsyncSession) -> Sequence[Installation]:
    return (await session.exec(select(Installation).order_by(Installation.team))).all()


async def held(session: AsyncSession) -> Sequence[Installation]:
    """The same, held against other writers until the transaction ends, as they are stored now."""
    return (await session.exec(select(Installation).order_by(Installation.team).with_for_update())).all()


async def made_after(session: AsyncSession, team: str, moment: datetime) -> bool:
    """Whether the workspace installed the app after that: then what was told of it by then is an old story."""
    found = await of(session, team)
    return found is not None and found.installed_at > moment


async def keep(session: AsyncSession, installation: Installation) -> None:
    """A first installation, or one that takes the place of the last."""
    await put(session, installation, key=("team",))


async def forget(session: AsyncSession, team: str) -> None:
    """The workspace took the app out: nothing of its tokens is left."""
    await session.exec(delete(Installation).where(col(Installation.team) == team))


async def claim_expiring(
    session: AsyncSession, *, before: datetime, now: datetime, until: datetime
) -> Installation | None:
    """One whose token expires before that, for this process alone `until` then; None when there is nothing to do."""
    first = (
        select(Installation.team)
        .where(
            col(Installation.expires_at) <= before,
            col(Installation.refresh_token).is_not(None),
            or_(col(Installation.refreshing_until).is_(None), col(Installation.refreshing_until) <= now),
        )
        .order_by(col(Installation.expires_at))
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claim = update(Installation).where(col(Installation.team) == first).values(refreshing_until=until)
    return (await session.exec(claim.returning(Installation))).scalars().first()


async def refreshed(
    session: AsyncSession, old: Installation, *, token: str, refresh_token: str, expires_at: datetime
) -> bool:
    """Write down what a refresh token was changed for; false when the app was installed anew or taken out meanwhile.

    Which one it was is known by its times: a new key locks the same token into other letters (bot/installing.relock).
    """
    query = update(Installation).where(
        col(Installation.team) == old.team,
        col(Installation.installed_at) == old.installed_at,
        col(Installation.expires_at) == old.expires_at,
    )
    values = {"token": token, "refresh_token": refresh_token, "expires_at": expires_at, "refreshing_until": None}
    return bool((await session.exec(query.values(values))).rowcount)


async def let_go(session: AsyncSession, team: str, until: datetime | None) -> None:
    """A token could not be refreshed: nobody tries before that."""
    await session.exec(update(Installation).where(col(Installation.team) == team).values(refreshing_until=until))


_OF = select(Installation).where(col(Installation.team) == bindparam("team"))
