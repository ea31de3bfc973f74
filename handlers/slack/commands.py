"""What /assay does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import channel_setup, harmless
from bot.errors import AssayError
from bot.home import stats
from bot.membership import leads_of
from bot.slack_calls import answered
from bot.surfaces import notes, setup
from bot.surfaces import stats as surface
from bot.surfaces.setup import Planned
from handlers.slack import focus
from handlers.slack.payloads import Command
from handlers.tools import Tools
from storage.models import Channel
from storage.queries import channels

Reply = str | None


async def set_up(tools: Tools, command: Command) -> Reply:
    channel = await _channel(tools, command)
    if channel is None:
        return setup.NOT_HERE
    standing = await tools.doorkeeper.standing(channel, command.user)
    if not standing.admin:
        return notes.ADMINS_ONLY
    async with tools.sessions.reading() as session:
        assert channel.id is not None
        guideline = await channels.guideline(session, channel.id)
    zone = await channel_setup.time_zone_of(tools.slack, command.user, fallback=channel.time_zone)
    view = setup.window(channel, Planned(channel.id, zone), guideline=guideline.text if guideline else "")
    try:
        await answered(tools.slack.views_open(trigger_id=command.trigger, view=view), patience=2)
    except AssayError:
        return notes.NOT_OPENED.format(button="Enter")
    return None


async def digest(tools: Tools, command: Command) -> Reply:
    channel = await _reported_in(tools, command) or await _channel(tools, command)
    if channel is None:
        return setup.NOT_HERE
    standing = await tools.doorkeeper.standing(channel, command.user)
    if not standing.lead:
        return notes.leads_only(leads_of(channel))
    return harmless.in_mrkdwn(await tools.digests.text(channel, tools.now()))


async def show_stats(tools: Tools, command: Command) -> Reply:
    channel = await _reported_in(tools, command) or await _channel(tools, command)
    if channel is None:
        return setup.NOT_HERE
    standing = await tools.doorkeeper.standing(channel, command.user)
    if not (standing.agent or standing.lead):
        return notes.refused([lead for lead in leads_of(channel) if lead != command.user])
    async with tools.sessions.reading() as session:
        numbers = await stats.of_channel(session, channel, standing, command.user, tools.now())
    if numbers.led is not None:
        numbers = replace(numbers, led=await tools.homes.people_in_order(numbers.led))
    return surface.words(channel, numbers)


async def next_draft(tools: Tools, command: Command) -> Reply:
    return await focus.start(
        tools, team=command.team, user=command.user, trigger=command.trigger, in_channel=command.channel
    )


async def show_help(_tools: Tools, _command: Command) -> Reply:
    return setup.HELP


async def unknown(_tools: Tools, command: Command) -> Reply:
    return setup.unknown(command.words)


COMMANDS: dict[str, Callable[[Tools, Command], Awaitable[Reply]]] = {
    "next": next_draft,
    "setup": set_up,
    "digest": digest,
    "stats": show_stats,
    "help": show_help,
}


async def _reported_in(tools: Tools, command: Command) -> Channel | None:
    """The channel whose digest comes here, where this is not a channel with drafts of its own."""
    async with tools.sessions.reading() as session:
        working = [one for one in await channels.active(session) if one.team == command.team]
    if any(one.slack_id == command.channel for one in working):
        return None
    return next((one for one in working if one.digest_channel == command.channel), None)


async def _channel(tools: Tools, command: Command) -> Channel | None:
    """The channel of the command; one that we had not met is met now, if the bot is in it."""
    async with tools.sessions.reading() as session:
        known = await channels.by_slack_id(session, command.team, command.channel)
    if known is not None:
        return known
    if not await channel_setup.can_post(tools.slack, command.channel):
        return None
    described = await channel_setup.describe(tools.slack, command.channel)
    async with tools.sessions.writing() as session:
        return await channel_setup.meet(
            session,
            team=command.team,
            slack_id=command.channel,
            described=described,
            invited_by=None,
            now=tools.now(),
        )
