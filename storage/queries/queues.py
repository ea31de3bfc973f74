"""What waits for one person: the queue of focus mode and of Home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Gold, Label, Revision, Slot, Writing
from storage.queries.drafts import is_counted
from storage.words import DraftState, GoldKind, LabelKind, WritingState


@dataclass(frozen=True)
class Waiting:
    """A draft that a person may answer; `trigger` says why it is a second look, where it is one."""

    draft: int
    trigger: str | None


async def next_for(
    session: AsyncSession, agent: str, *, channels: Sequence[int], without: Sequence[int], now: datetime
) -> Waiting | None:
    """The next draft for this agent, but for those named in `without`.

    What the agent has open comes first and what others have open last; then drafts that need an answer before
    second looks, urgent ones, and the oldest.
    """
    mine = col(Slot.leased_by) == agent
    theirs = (col(Slot.leased_until) > now) & ~mine
    query = (
        select(col(Draft.id), col(Slot.trigger))
        .join(Slot, col(Slot.draft_id) == Draft.id)
        .where(*_open_to(agent, channels), col(Draft.id).not_in(without))
        .order_by(
            case((theirs, 1), else_=0),
            case((col(Slot.trigger).is_(None), 0), else_=1),
            case((mine, 0), else_=1),
            col(Draft.priority).desc(),
            col(Draft.id),
        )
        .limit(1)
    )
    found = (await session.exec(query)).first()
    return Waiting(found[0], found[1]) if found and found[0] is not None else None


async def waiting_for(session: AsyncSession, agent: str, *, channels: Sequence[int]) -> tuple[int, int]:
    """How many drafts this agent may answer: those that need it, and second looks."""
    needed = func.count(col(Draft.id).distinct()).filter(col(Slot.trigger).is_(None))
    looks = func.count(col(Draft.id).distinct()).filter(col(Slot.trigger).is_not(None))
    query = (
        select(needed, looks)
        .select_from(Draft)
        .join(Slot, col(Slot.draft_id) == Draft.id)
        .where(*_open_to(agent, channels))
    )
    found = (await session.exec(query)).one()
    return int(found[0]), int(found[1])


async def second_looks(session: AsyncSession, *, channels: Sequence[int]) -> int:
    """How many second looks wait for anybody."""
    query = (
        select(func.count(col(Draft.id).distinct()))
        .select_from(Draft)
        .join(Slot, col(Slot.draft_id) == Draft.id)
        .where(col(Draft.channel_id).in_(channels), col(Slot.label_id).is_(None), _is_second_look())
    )
    return int((await session.exec(query)).one())


async def answered_since(session: AsyncSession, agent: str, *, channels: Sequence[int], since: datetime) -> int:
    """How many drafts this agent has answered since then, without those that were undone."""
    query = (
        select(func.count(col(Label.id).distinct()))
        .select_from(Label)
        .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
        .join(Draft, col(Draft.id) == Label.draft_id)
        .where(
            is_counted(),
            Label.agent == agent,
            Label.kind != LabelKind.IMPORTED,
            col(Revision.channel_id).in_(channels),
            Revision.saved_at >= since,
            col(Revision.withdrawn).is_(False),
        )
    )
    return int((await session.exec(query)).one())


async def arrivals(
    session: AsyncSession, *, channels: Sequence[int], since: datetime, limit: int
) -> Sequence[datetime]:
    """When the newest drafts since then came in, the newest first."""
    query = select(Draft.created_at).where(col(Draft.channel_id).in_(channels), Draft.created_at >= since)
    return (await session.exec(query.where(is_counted()).order_by(col(Draft.created_at).desc()).limit(limit))).all()


def _open_to(agent: str, channels: Sequence[int]) -> list[ColumnElement[bool]]:
    """Drafts with a free slot that the agent has not answered; second looks at what agents settled."""
    answered = (
        exists()
        .where(col(Label.draft_id) == Draft.id, col(Label.agent) == agent)
        .where(col(Revision.label_id) == Label.id, col(Revision.number) == Label.newest)
        .where(col(Revision.withdrawn).is_(False))
    )
    being_written = exists().where(
        col(Writing.draft_id) == Draft.id, col(Writing.state).in_([WritingState.WAITING, WritingState.ASKING])
    )
    needed = col(Slot.trigger).is_(None) & (col(Draft.state) == DraftState.OPEN)
    return [
        col(Draft.channel_id).in_(channels),
        col(Draft.state).in_([DraftState.OPEN, DraftState.SETTLED]),
        col(Slot.label_id).is_(None),
        or_(needed, _is_second_look()),
        ~answered,
        ~being_written,
    ]


def _is_second_look() -> ColumnElement[bool]:
    """A slot that the draft did not need, of a draft that agents settled."""
    by_lead = exists().where(col(Gold.draft_id) == Draft.id, col(Gold.kind) == GoldKind.ADJUDICATED)
    return col(Slot.trigger).is_not(None) & (col(Draft.state) == DraftState.SETTLED) & ~by_lead
