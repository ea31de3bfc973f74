"""Drafts on which agents disagree."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Label, Revision, Slot
from storage.queries.drafts import is_counted
from storage.words import DraftState


@dataclass(frozen=True)
class Disputed:
    """A draft in dispute and whose answers it holds."""

    draft: int
    channel: int
    agents: frozenset[str]


async def oldest(session: AsyncSession, channels: Sequence[int], *, limit: int) -> list[Disputed]:
    """The disputes of these channels, the oldest first."""
    first = (
        select(Draft.id, Draft.channel_id, Draft.state_at)
        .where(col(Draft.channel_id).in_(channels), Draft.state == DraftState.DISPUTED)
        .order_by(col(Draft.state_at), col(Draft.id))
        .limit(limit)
        .subquery()
    )
    query = (
        select(first.c.id, first.c.channel_id, col(Label.agent))
        .join(Slot, col(Slot.draft_id) == first.c.id)
        .join(Label, col(Label.id) == Slot.label_id)
        .order_by(first.c.state_at, first.c.id)
    )
    involved: dict[tuple[int, int], set[str]] = {}
    for draft, channel, agent in (await session.exec(query)).all():
        involved.setdefault((draft, channel), set()).add(agent)
    return [Disputed(draft, channel, frozenset(agents)) for (draft, channel), agents in involved.items()]


@dataclass(frozen=True)
class Held:
    """One answer that holds a slot of a draft in dispute."""

    draft: int
    topic: str
    verdict: str
    text: str | None
    escalation: str | None


async def newest(session: AsyncSession, channel_id: int, *, limit: int) -> list[Held]:
    """The answers to the channel's newest disputes, those of one draft together, the newest draft first."""
    first = (
        select(Draft.id, Draft.topic, Draft.state_at)
        .where(Draft.channel_id == channel_id, Draft.state == DraftState.DISPUTED, is_counted())
        .order_by(col(Draft.state_at).desc(), col(Draft.id).desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(first.c.id, first.c.topic, col(Revision.verdict), col(Revision.text))
        .add_columns(col(Revision.escalation))
        .join(Slot, col(Slot.draft_id) == first.c.id)
        .join(Label, col(Label.id) == Slot.label_id)
        .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
        .order_by(first.c.state_at.desc(), first.c.id.desc(), col(Label.id))
    )
    connection = await session.connection()
    return [Held(*row) for row in (await connection.execute(query)).all()]
