"""The numbers of one person in one channel."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.focus import Desk
from bot.home import agent, lead
from bot.membership import Standing
from bot.surfaces.stats import Stats
from storage.models import Channel


async def of_channel(session: AsyncSession, channel: Channel, standing: Standing, user: str, now: datetime) -> Stats:
    """What an agent reads of their own work there, and a lead of the channel."""
    desk = Desk(user, [channel])
    mine = await agent.mine(session, desk, team=channel.team, now=now) if standing.agent else None
    return Stats(mine, await lead.led(session, desk, team=channel.team, now=now) if standing.lead else None)
