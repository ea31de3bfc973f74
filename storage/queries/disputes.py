"""Drafts on which agents disagree."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Draft, Label, Slot
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
