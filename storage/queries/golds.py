"""Settled answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Gold, Label
from storage.queries._core import put as put_row
from storage.queries._core import table_of
from storage.queries.drafts import is_counted
from storage.words import GoldKind


@dataclass(frozen=True)
class Settled:
    """What was settled of a shared draft: by a lead, or else by agreement; `chosen` is whose answer stands."""

    draft: int
    verdict: str
    escalation: str | None
    by_lead: bool
    chosen: str | None


async def get(session: AsyncSession, draft_id: int) -> Gold | None:
    return await session.get(Gold, draft_id)


async def put(session: AsyncSession, gold: Gold) -> None:
    """Settle the draft, or settle it anew."""
    await put_row(session, gold, key=("draft_id",))


async def drop(session: AsyncSession, draft_id: int) -> None:
    """The draft is not settled any more."""
    await session.exec(_DROP, params={"draft": draft_id})


async def of_shared(
    session: AsyncSession, channel_id: int, *, since: datetime, until: datetime, beside: str | None = None
) -> list[Settled]:
    """What was settled before `until` of shared drafts that came in from `since`; with `beside` of those that this
    agent answered."""
    query = (
        select(col(Gold.draft_id), col(Gold.verdict), col(Gold.escalation))
        .add_columns(col(Gold.kind) == GoldKind.ADJUDICATED, col(Label.agent))
        .join(Draft, col(Draft.id) == Gold.draft_id)
        .outerjoin(Label, col(Label.id) == Gold.label_id)
        # Nothing is settled before it came in: the second bound is there for the index.
        .where(col(Gold.channel_id) == channel_id, col(Draft.created_at) >= since, col(Gold.settled_at) >= since)
        .where(col(Gold.settled_at) < until, col(Draft.shared), is_counted())
        .where(col(Gold.kind).in_([GoldKind.CONSENSUS, GoldKind.ADJUDICATED]))
    )
    if beside is not None:
        mine = aliased(Label)
        query = query.where(exists().where(col(mine.draft_id) == Gold.draft_id, col(mine.agent) == beside))
    connection = await session.connection()
    return [Settled(*row) for row in (await connection.execute(query)).all()]


_GOLD = table_of(Gold)
_DROP = delete(_GOLD).where(_GOLD.c.draft_id == bindparam("draft"))
