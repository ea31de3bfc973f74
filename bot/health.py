"""What an admin must act on, for Home, for the window of the setup and for `assay doctor`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import keeping
from bot.surfaces import health as surface
from bot.surfaces.health import Finding
from bot.surfaces.keeping import Shorter
from storage.models import Channel
from storage.queries import channels, drafts, erasing, people, webhooks
from storage.words import ChannelState


async def channel_health(session: AsyncSession, *, team: str | None = None, only: int | None = None) -> list[Finding]:
    """What is wrong with channels, each with its remedy; of one workspace, or of one channel, where named."""
    every = await channels.every(session, team=team)
    removed = await channels.removed_teams(session)
    found: list[Finding] = []
    for channel in every:
        if only not in (None, channel.id):
            continue
        if channel.team in removed:
            found.append(surface.removed(channel))
        elif channel.digest_channel is not None:
            found += await _of(session, channel, every)
        elif channel.state == ChannelState.NEW and not _serves(channel, every):
            found.append(surface.not_set_up(channel))
    return found


async def shorter_limits(session: AsyncSession, known: Sequence[Channel], now: datetime) -> list[Finding]:
    """Channels that will keep drafts for a shorter time, which can still be taken back."""
    coming = [one for channel in known if (one := await shorter_limit(session, channel, now)) is not None]
    return [surface.shorter(one) for one in coming]


async def shorter_limit(session: AsyncSession, channel: Channel, now: datetime) -> Shorter | None:
    """What is to come in a channel, and how many of today's drafts will go."""
    at = keeping.begins(channel, now)
    if at is None or channel.id is None:
        return None
    before = at - timedelta(days=channel.retention_days or 0)
    return Shorter(channel, at, await erasing.count_older(session, channel.id, before=before))


async def webhook_health(session: AsyncSession, *, team: str | None = None) -> list[Finding]:
    """Webhooks that are told nothing any more, of one workspace where it is named."""
    return [surface.webhook_off(one) for one in await webhooks.disabled(session, team)]


async def _of(session: AsyncSession, channel: Channel, every: Sequence[Channel]) -> list[Finding]:
    assert channel.id is not None
    if channel.state in channels.CLOSED:
        return [surface.closed(channel, await drafts.waiting(session, channel.id))]
    shut = {(one.team, one.slack_id): one for one in every if one.state in channels.CLOSED}
    found: list[Finding] = []
    if digest := shut.get((channel.team, channel.digest_channel or "")):
        found.append(surface.no_digest_channel(channel, digest))
    if escalations := shut.get((channel.team, channel.escalation_channel or "")):
        found.append(surface.no_escalation_channel(channel, escalations))
    if left := await people.away(session, channel, channel.leads):
        found.append(surface.leads_left(channel, left, all_of_them=len(left) == len(channel.leads)))
    if channel.reviewers and len(await people.away(session, channel, channel.reviewers)) == len(channel.reviewers):
        found.append(surface.reviewers_left(channel))
    return found


def _serves(channel: Channel, every: Sequence[Channel]) -> bool:
    """Whether it is only where another channel's digest or escalations go."""
    mine = (channel.team, channel.slack_id)
    return any(mine in ((one.team, one.digest_channel), (one.team, one.escalation_channel)) for one in every)
