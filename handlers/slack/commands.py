"""What /assay does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from bot import channel_life, dates, harmless, replies, slack_channels
from bot.dates import NoDate
from bot.home import stats
from bot.membership import leads_of
from bot.slack_channels import HERE
from bot.surfaces import command_help, notes
from bot.surfaces import digest as digest_surface
from bot.surfaces import focus as focus_surface
from bot.surfaces import stats as stats_surface
from handlers.slack import focus, setup
from handlers.slack.answers import whisper
from handlers.slack.payloads import Command
from handlers.tools import Tools
from storage.errors import DatabaseAway
from storage.models import Channel
from storage.queries import channels

Reply = str | None
DIRECT = "D"  # how ids of direct messages begin; Slack tells no more of one where a scope is missing


async def set_up(tools: Tools, command: Command) -> Reply:
    channel = await _channel(tools, command)
    if channel is None:
        return _not_here(command)
    return await setup.start(tools, channel, user=command.user, trigger=command.trigger, what="type /assay setup")


async def digest(tools: Tools, command: Command) -> Reply:
    channel = await _reported_in(tools, command) or await _channel(tools, command)
    if channel is None:
        return _not_here(command)
    standing = await tools.doorkeeper.standing(channel, command.user)
    if not standing.lead:
        return notes.leads_only(leads_of(channel))
    try:
        day = dates.of_channel(command.words.partition(" ")[2], channel, tools.now())
    except NoDate as error:
        return harmless.in_mrkdwn(str(error))
    tools.afterwards.do(_shows(tools, command, channel, day))
    return None


async def _shows(tools: Tools, command: Command, channel: Channel, day: date | None) -> None:
    """The digest, made after Slack has its answer: it can take seconds. One message after the other."""
    try:
        messages = digest_surface.privately(await tools.digests.make(channel, tools.now(), on=day))
    except DatabaseAway:
        messages = [notes.bare(notes.AWAY_COMMAND)]
    for message in messages:
        if command.reply_url is None or not await replies.note_richly(tools.slack.bare, command.reply_url, message):
            await whisper(tools, command.team, {"text": message["text"]}, user=command.user, channel=command.channel)


async def show_stats(tools: Tools, command: Command) -> Reply:
    channel = await _reported_in(tools, command) or await _channel(tools, command)
    if channel is None:
        return _not_here(command)
    standing = await tools.doorkeeper.standing(channel, command.user, seen=channel.slack_id == command.channel)
    if not (standing.agent or standing.lead):
        others = [lead for lead in leads_of(channel) if lead != command.user]
        return notes.refused(others) if standing.verified else focus_surface.UNSURE
    async with tools.sessions.reading() as session:
        numbers = await stats.of_channel(session, channel, standing, command.user, tools.now())
    if numbers.led is not None:
        numbers = replace(numbers, led=await tools.homes.people_in_order(command.team, numbers.led))
    return stats_surface.words(channel, numbers)


async def next_draft(tools: Tools, command: Command) -> Reply:
    return await focus.start(
        tools,
        team=command.team,
        user=command.user,
        trigger=command.trigger,
        what="type /assay next",
        in_channel=command.channel,
    )


async def show_help(_tools: Tools, _command: Command) -> Reply:
    return command_help.HELP


async def unknown(_tools: Tools, command: Command) -> Reply:
    return command_help.unknown(command.words)


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
        working = await channels.active_in(session, command.team)
    if any(one.slack_id == command.channel for one in working):
        return None
    return next((one for one in working if one.digest_channel == command.channel), None)


def _not_here(command: Command) -> str:
    return command_help.NO_CHANNEL if command.channel.startswith(DIRECT) else command_help.NOT_HERE


async def _channel(tools: Tools, command: Command) -> Channel | None:
    """The channel of the command, if the bot is in it; one that we had not met, or thought closed, is met now."""
    async with tools.sessions.reading() as session:
        known = await channels.by_slack_id(session, command.team, command.channel)
        at_home = await channels.workspace(session, command.team) is not None
    if known is not None and known.state not in channels.CLOSED:
        return known
    if not at_home or command.channel.startswith(DIRECT):
        return None  # a workspace that has not let Assay in has no channels here
    seen = (
        await slack_channels.look(tools.slack, command.team, command.channel) or HERE
    )  # they are believed while Slack is away
    if not seen.here:
        return None
    async with tools.sessions.writing() as session:
        await channel_life.learn(session, team=command.team, slack_id=command.channel, seen=seen, now=tools.now())
        return await channels.by_slack_id(session, command.team, command.channel)
