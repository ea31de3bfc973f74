"""Labels that were taken while Slack could not say who their author is: confirmed, or taken out, once it does."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import gold
from storage.models import Channel, Label
from storage.queries import drafts, labels, people


async def vouch(session: AsyncSession, channel: Channel, agent: str, *, allowed: bool, now: datetime) -> None:
    """Slack has said who the agent is: what they answered so far counts from now on, or does not any more."""
    assert channel.id is not None
    if allowed:
        return await labels.confirm(session, channel.id, agent)
    doubted = await labels.doubted(session, channel.id, agent)
    for label in sorted(doubted, key=lambda one: one.draft_id):  # drafts are held in one order
        await _take_out(session, channel, label, now)
    return None


async def is_not_there(session: AsyncSession, channel: Channel, agent: str, now: datetime) -> bool:
    """Whether Slack has said, since an agent was let in while it could not, that they are not in the channel.

    Else they are in doubt once more: it may have said who they are before what they answer now was stored.
    """
    assert channel.id is not None
    return (await people.guess_member(session, channel.id, agent, now)).verified


async def _take_out(session: AsyncSession, channel: Channel, label: Label, now: datetime) -> None:
    """The label stays in the history and holds no slot; its draft needs an answer again."""
    draft = await drafts.locked(session, label.draft_id)
    if draft is None:
        return  # it was erased just now, with the label
    assert label.id is not None
    await labels.refuse(session, label.id)
    await drafts.free_slot_of(session, label.id)
    if not await gold.settled_by_lead(session, draft):
        held = await labels.in_slots(session, label.draft_id)
        await gold.follow(session, channel, draft, held, now=now)
