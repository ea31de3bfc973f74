"""What Slack says of a channel is followed: archived, gone, back, renamed; what was on its way there is turned."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox
from bot.channel_setup import is_set_up, meet
from bot.slack_channels import Look
from storage.models import Channel, Exposure
from storage.queries import channels, closings, deliveries, labels, threads
from storage.words import ChannelState, DeliveryKind, DeliveryState

TURNED = (DeliveryKind.DIGEST, DeliveryKind.FIGURES, DeliveryKind.NOTICE)


async def follow(session: AsyncSession, *, team: str, slack_id: str, seen: Look, now: datetime) -> Channel | None:
    """Bring a known channel up to what was seen of it, however often and in whatever order that is told."""
    known = await channels.by_slack_id(session, team, slack_id)
    if known is None or known.id is None:
        return None
    channel = await channels.locked(session, known.id)
    channel.name = seen.name or channel.name
    channel.private = channel.private if seen.private is None else seen.private
    channel.state = state_of(channel, seen)
    session.add(channel)
    await session.flush()
    if channel.state in channels.CLOSED:
        await _turn(session, channel, now)
    return channel


async def rename(session: AsyncSession, team: str, slack_id: str, name: str) -> None:
    """Only the name is known to have changed."""
    known = await channels.by_slack_id(session, team, slack_id)
    if known is not None:
        known.name = name
        session.add(known)


async def learn(session: AsyncSession, *, team: str, slack_id: str, seen: Look, now: datetime) -> None:
    """Follow what was seen of a channel that may be new to us."""
    await meet(session, team=team, slack_id=slack_id, seen_as=seen, invited_by=None, now=now)
    await follow(session, team=team, slack_id=slack_id, seen=seen, now=now)


def state_of(channel: Channel, seen: Look) -> ChannelState:
    """The state that fits what was seen; a channel that comes back goes on where it stood."""
    if not seen.found:
        return ChannelState.GONE
    if seen.archived:
        return ChannelState.ARCHIVED
    if not seen.here:
        return ChannelState.GONE
    return ChannelState.ACTIVE if is_set_up(channel) else ChannelState.NEW


async def turn(session: AsyncSession, channel_id: int, *, now: datetime) -> None:
    """Once more: what has come to be posted in a closed channel since, or has come back from it."""
    channel = await channels.locked(session, channel_id)
    if channel.state in channels.CLOSED:
        await _turn(session, channel, now)


async def _turn(session: AsyncSession, closed: Channel, now: datetime) -> None:
    """What other channels wanted to post here goes to themselves; the closed channel's own waits for its return."""
    for delivery in await closings.held_for(session, closed, TURNED):
        before = await deliveries.get(session, delivery.parent) if delivery.parent else None
        if delivery.kind == DeliveryKind.FIGURES and before and before.state == DeliveryState.SENDING:
            continue  # wherever their digest comes to stand, the next tick lets them follow
        owner = await channels.get(session, delivery.channel_id)
        delivery.to = owner.slack_id
        if before is not None and before.to != owner.slack_id:
            delivery.parent = None  # its first message stands in the closed channel
            if delivery.kind == DeliveryKind.NOTICE:
                await threads.keep_unsaid(session, before.id)
        session.add(delivery)
        if delivery.kind in TURNED:
            delivery.body = outbox.turned(delivery.body or {}, closed)
            delivery.state, delivery.due_at, delivery.looks, delivery.error = DeliveryState.PENDING, now, 0, None
        if delivery.kind == DeliveryKind.NOTICE and delivery.draft_id is not None:
            await _seen_by_all(session, delivery.draft_id, now)
    await session.flush()


async def _seen_by_all(session: AsyncSession, draft_id: int, now: datetime) -> None:
    """A notice that was for a few comes where everybody reads it."""
    for source in {one.source for one in await labels.exposures(session, draft_id) if one.agent is None}:
        await labels.expose(session, Exposure(draft_id=draft_id, source=source, at=now))
