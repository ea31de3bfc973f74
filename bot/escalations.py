"""An answer says that a human must take over: people and helpdesks are told, and from then on others have seen it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import notices, outbox, webhooks
from bot.surfaces.notice import Told
from storage.models import Channel, Delivery, Draft, Exposure
from storage.queries import channels, labels
from storage.queries.labels import Current
from storage.words import DraftState


async def announce(
    session: AsyncSession, channel: Channel, draft: Draft, saved: Current, *, told_before: bool, now: datetime
) -> Told | None:
    """An answer's escalation, if it has one, is told at once, to helpdesks only the first time (`told_before`).

    Where it is or was told in Slack.
    """
    assert draft.id is not None
    if saved.revision.escalation is None:
        return None
    if draft.state != DraftState.WITHDRAWN:
        agent = saved.label.agent
        for notice in await notices.announce(session, channel, draft, saved, now=now):
            await _expose(session, channel, notice, Exposure(draft_id=draft.id, source=agent, at=now))
        if not told_before and await webhooks.draft_escalated(session, channel, draft, saved, now=now):
            # A helpdesk that is told may show it to anybody.
            await labels.expose(session, Exposure(draft_id=draft.id, source=agent, at=now))
    return await outbox.told(session, channel)


async def call_off(session: AsyncSession, channel: Channel, draft: Draft, by: Current, *, now: datetime) -> None:
    """Where nobody says any more that a human must take over, those who were told are told so."""
    assert draft.id is not None
    if not await labels.escalated(session, draft.id):
        await notices.call_off(session, channel, draft, by, now=now)


async def _expose(session: AsyncSession, channel: Channel, notice: Delivery, seen: Exposure) -> None:
    """Whoever can read the notice has seen the answer."""
    if notice.is_direct:
        seen.agent = notice.to
    else:
        told = await channels.by_slack_id(session, channel.team, notice.to)
        # What a private channel says is seen by its members; a public one is open to everybody, as is this one.
        seen.channel_id = told.id if told and told.private and told.members_known and told.id != channel.id else None
    await labels.expose(session, seen)
