"""What a window shows of a draft, and the lease that opening it takes."""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox
from bot.surfaces.scene import Scene
from storage.models import Channel, Draft
from storage.queries import channels, drafts, labels

LEASE = timedelta(minutes=15)


async def scene(session: AsyncSession, draft: Draft, channel: Channel, agent: str, now: datetime) -> Scene:
    """The draft as this agent sees it: their own earlier answer, never another's."""
    assert draft.id is not None
    mine = await labels.of(session, draft.id, agent)
    slots = await drafts.slots(session, draft.id)
    busy = [
        slot.leased_by
        for slot in slots
        if slot.leased_by not in (None, agent) and slot.leased_until and slot.leased_until > now and not slot.label_id
    ]
    return Scene(
        draft=draft,
        guideline=await channels.guideline(session, draft.channel_id),
        reasons=channel.escalation_reasons,
        tags=channel.tags,
        busy=[user for user in busy if user],
        mine=mine.revision if mine and not mine.revision.withdrawn else None,
        told=await outbox.told(session, channel),
    )


async def lease(session: AsyncSession, draft_id: int, agent: str, now: datetime) -> bool:
    """Take a free slot for fifteen minutes, or prolong one's own; false when others have them all."""
    return await drafts.lease(session, draft_id, agent=agent, now=now, until=now + LEASE)
