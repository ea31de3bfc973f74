"""Up to which number the labels of a channel, as they are read now, stay as they are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from storage.models import Draft, Label, Member, Revision, Tombstone
from storage.queries.drafts import is_counted
from storage.words import DraftState

Query = SelectOfScalar[Any]  # of a number, or none


async def first_held(session: AsyncSession, channel_id: int) -> int | None:
    """The lowest number among revisions of drafts that wait for an answer, and of people of whom Slack has not said
    yet who they are."""
    waiting: Query = (
        select(func.min(Revision.id))
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .where(col(Draft.channel_id) == channel_id, col(Draft.state) == DraftState.OPEN, is_counted())
    )
    doubted: Query = (
        select(func.min(Revision.id))
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Member, (col(Member.user) == Label.agent) & (col(Member.channel_id) == Revision.channel_id))
        .where(Revision.channel_id == channel_id, col(Member.verified).is_(False), col(Revision.verified).is_(False))
    )
    return min(await _found(session, [waiting, doubted]), default=None)


async def settled_until(session: AsyncSession, channel_id: int, *, since: datetime) -> int | None:
    """The highest number of a revision or a tombstone below all that were given since then; None where none were.

    What is on its way was given its number since then, too: it is above this, and may be below those that are here.
    """
    revisions = select(func.min(Revision.id)).where(Revision.channel_id == channel_id)
    graves = select(func.min(Tombstone.number)).where(Tombstone.channel_id == channel_id)
    fresh: list[Query] = [revisions.where(Revision.saved_at >= since), graves.where(Tombstone.at >= since)]
    first = min(await _found(session, fresh), default=None)
    if first is None:
        return None
    revision = select(func.max(Revision.id)).where(Revision.channel_id == channel_id, col(Revision.id) < first)
    grave = select(func.max(Tombstone.number)).where(Tombstone.channel_id == channel_id, Tombstone.number < first)
    return max(await _found(session, [revision, grave]), default=0)


async def _found(session: AsyncSession, queries: Iterable[Query]) -> list[int]:
    numbers = [(await session.exec(query)).one() for query in queries]
    return [one for one in numbers if one is not None]
