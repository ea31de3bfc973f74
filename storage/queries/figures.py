"""The rows that a digest is computed from: a window of one channel, however long its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Gold, Label, Revision, Slot
from storage.queries.drafts import is_counted
from storage.words import DraftState, GoldKind, LabelKind


@dataclass(frozen=True)
class Said:
    """One revision with what the figures need of its label and draft."""

    draft: int
    came_in: datetime
    model: str | None
    blank: bool
    shared: bool
    agent: str
    in_slot: bool  # not that of a second look
    number: int
    verdict: str
    escalation: str | None
    tags: list[str]
    withdrawn: bool
    exposed: bool
    edit_rate: float | None
    opened_at: datetime | None
    saved_at: datetime


async def said(
    session: AsyncSession,
    channel_id: int,
    *,
    since: datetime,
    until: datetime,
    shared: bool = False,
    beside: str | None = None,
) -> list[Said]:
    """Every revision saved from `since` (included) to `until` (excluded), the oldest first.

    What was given elsewhere and imported is nobody's work here; what a stranger said does not count. With `shared` of
    drafts only that came in since then and were chosen for two reviews, with `beside` of those this agent answered.
    """
    query = (
        select(col(Draft.id), col(Draft.created_at))
        .add_columns(
            col(Draft.model),
            col(Draft.text).is_(None),
            col(Draft.shared),
            col(Label.agent),
            col(Slot.id).is_not(None),
            col(Revision.number),
            col(Revision.verdict),
            col(Revision.escalation),
            col(Revision.tags),
            col(Revision.withdrawn),
            col(Revision.exposed),
            col(Revision.edit_rate),
            col(Revision.opened_at),
            col(Revision.saved_at),
        )
        .join(Label, col(Label.id) == Revision.label_id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .outerjoin(Slot, (col(Slot.label_id) == Label.id) & col(Slot.trigger).is_(None))
        .where(col(Revision.channel_id) == channel_id, col(Revision.saved_at) >= since, col(Revision.saved_at) < until)
        .where(col(Label.kind).not_in([LabelKind.IMPORTED, LabelKind.REFUSED]), is_counted())
        .order_by(col(Revision.saved_at), col(Revision.id))
    )
    if shared:
        # These are few, so they are looked up first; PostgreSQL would read every draft there ever was.
        query = query.where(col(Draft.shared), col(Draft.channel_id) == channel_id, col(Draft.created_at) >= since)
    if beside is not None:
        mine = aliased(Label)
        query = query.where(exists().where(col(mine.draft_id) == Draft.id, col(mine.agent) == beside))
    # Columns, not objects: a month of drafts is not loaded with its texts.
    connection = await session.connection()
    return [Said(*row) for row in (await connection.execute(query)).all()]


async def answers_by_agent(session: AsyncSession, channels: Sequence[int], *, since: datetime) -> dict[str, int]:
    """How many answers of each agent stand that were given since then."""
    query = (
        select(Label.agent, func.count(col(Label.id)))
        .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
        .join(Draft, col(Draft.id) == Label.draft_id)
        .where(
            col(Revision.channel_id).in_(channels),
            col(Revision.saved_at) >= since,
            col(Revision.withdrawn).is_(False),
            Label.kind != LabelKind.IMPORTED,
            is_counted(),
        )
        .group_by(col(Label.agent))
    )
    return dict((await session.exec(query)).all())


async def shared_drafts(session: AsyncSession, channel_id: int, *, since: datetime, until: datetime) -> int:
    """How many drafts of the window were chosen for two reviews and are still wanted."""
    query = select(func.count()).select_from(Draft)
    query = query.where(
        Draft.channel_id == channel_id,
        Draft.created_at >= since,
        Draft.created_at < until,
        col(Draft.shared),
        Draft.state != DraftState.WITHDRAWN,
        is_counted(),
    )
    return (await session.exec(query)).one()


async def settled(session: AsyncSession, channel_id: int, *, since: datetime, until: datetime) -> int:
    """How many answers became gold in the window, without those that were imported."""
    query = select(func.count()).select_from(Gold).join(Draft, col(Draft.id) == Gold.draft_id)
    query = query.where(col(Gold.kind) != GoldKind.IMPORTED, is_counted())
    query = query.where(Gold.channel_id == channel_id, Gold.settled_at >= since, Gold.settled_at < until)
    return (await session.exec(query)).one()


async def disputed(session: AsyncSession, channel_id: int) -> int:
    """How many drafts are in dispute."""
    query = select(func.count()).select_from(Draft).where(is_counted())
    return (await session.exec(query.where(Draft.channel_id == channel_id, Draft.state == DraftState.DISPUTED))).one()


async def disputes(session: AsyncSession, channel_id: int, *, limit: int) -> Sequence[int]:
    """Drafts in dispute, the newest first."""
    query = select(col(Draft.id)).where(Draft.channel_id == channel_id, Draft.state == DraftState.DISPUTED)
    found = await session.exec(query.where(is_counted()).order_by(col(Draft.state_at).desc()).limit(limit))
    return [number for number in found.all() if number is not None]
