"""What happens to channels, the people in them, and the app itself."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot import channel_life, channel_setup, installing, outbox, slack_channels
from bot.delivery.endings import REMOVED
from bot.errors import CannotDeliver, SlackUnclear
from bot.identity import learn
from bot.membership import described, leads_of
from bot.slack_channels import ARCHIVED, GONE, HERE, Look
from bot.workspaces import NOT_INSTALLED
from handlers.slack.reading import Body, moment
from handlers.tools import Tools
from storage.models import Member
from storage.queries import channels, deliveries, installations, people

# What an event says of its channel. It is asked of Slack all the same, since events come late and twice.
SAID = {"archive": ARCHIVED, "unarchive": HERE, "deleted": GONE, "left": GONE}


async def joined(tools: Tools, body: Body) -> None:
    """A person came, or the bot itself was invited."""
    event = body["event"]
    if event["user"] != await _bot_user(tools, body["team_id"]):
        return await _remember(tools, body["team_id"], event, present=True)
    seen = await _look(tools, body["team_id"], event["channel"], HERE)
    async with tools.sessions.writing() as session:
        channel = await channel_setup.meet(
            session,
            team=body["team_id"],
            slack_id=event["channel"],
            seen_as=seen,
            invited_by=event.get("inviter"),
            now=tools.now(),
        )
        await outbox.first_message(session, channel, now=tools.now())
    await _follow(tools, body["team_id"], event["channel"], seen)


async def left(tools: Tools, body: Body) -> None:
    """A person went, or the bot itself was taken out."""
    event = body["event"]
    if event["user"] == await _bot_user(tools, body["team_id"]):
        return await _follow(
            tools, body["team_id"], event["channel"], await _look(tools, body["team_id"], event["channel"], GONE)
        )
    await _remember(tools, body["team_id"], event, present=False)


async def changed(tools: Tools, body: Body) -> None:
    """A channel was archived, brought back, deleted, or left without the bot being told as a member."""
    team, event = body["team_id"], body["event"]
    said = SAID[event["type"].partition("_")[2]]
    await _follow(tools, team, event["channel"], await _look(tools, team, event["channel"], said))


async def renamed(tools: Tools, body: Body) -> None:
    slack_id, name = body["event"]["channel"]["id"], body["event"]["channel"]["name"]
    seen = await slack_channels.look(tools.slack, body["team_id"], slack_id)
    if seen is not None:
        return await _follow(tools, body["team_id"], slack_id, seen)
    async with tools.sessions.writing() as session:
        await channel_life.rename(session, body["team_id"], slack_id, name)


async def removed(tools: Tools, body: Body) -> None:
    """The app was uninstalled or its token revoked; where Slack still knows the token, it is an old story."""
    team, event = body["team_id"], body["event"]
    revoked = event.get("tokens", {}).get("bot")
    if isinstance(revoked, list) and await _bot_user(tools, team) not in revoked:
        return
    since = _happened(body)
    async with tools.sessions.reading() as session:
        if await installations.made_after(session, team, since):
            return
    if not await _knows_us(tools, team):
        uninstalled = event["type"] == "app_uninstalled"
        async with tools.sessions.writing() as session:
            await installing.take_out(session, team, uninstalled=uninstalled, since=since, now=tools.now())


async def _knows_us(tools: Tools, team: str) -> bool:
    """Whether the app is in the workspace. Raises SlackBusy and SlackUnclear: then Slack tells of the event again."""
    try:
        return (await learn(tools.sessions, await tools.slack.of(team), tools.now())).team == team
    except CannotDeliver as refused:
        # Of a workspace that installed the app since, the event is no news. Of the one of the environment's token
        # that is not known, so only a word counts that Slack says of nobody else.
        return tools.installer is None and str(refused) not in REMOVED


async def person_changed(tools: Tools, body: Body) -> None:
    """Somebody was made an admin, a guest, or left: of those we know the role acts at once.

    An event that is older than what we know came late: Slack is asked. Raises SlackBusy and SlackUnclear: then Slack
    tells of the event again.
    """
    now, happened = described(body["event"]["user"], body["team_id"], tools.now()), _happened(body)
    async with tools.sessions.reading() as session:
        if await people.person(session, now.team, now.user) is None:
            return  # most of a workspace: they label nothing
    async with tools.sessions.writing() as session:
        before = await people.held_person(session, now.team, now.user)
        if before is None:
            return  # erased meanwhile
        late, changes = before.checked_at > happened, (before.admin, before.outsider) != (now.admin, now.outsider)
        if not late:
            await people.put_person(session, now)  # also what changes nothing: an older event may be under way
    if late and changes:
        with suppress(CannotDeliver):
            await tools.doorkeeper.ask_person(now.team, now.user)


CHANGES = ("archive", "unarchive", "deleted", "left")
EVENTS: dict[str, Callable[[Tools, Body], Awaitable[None]]] = {
    "member_joined_channel": joined,
    "member_left_channel": left,
    **{f"{kind}_{change}": changed for kind in ("channel", "group") for change in CHANGES},
    "channel_rename": renamed,
    "group_rename": renamed,
    "app_uninstalled": removed,
    "tokens_revoked": removed,
    "user_change": person_changed,
}


async def _look(tools: Tools, team: str, slack_id: str, said: Look) -> Look:
    """What Slack says of the channel now.

    Where it cannot tell, an event that opens the channel is believed: if it is an old one, the next post is refused.
    One that closes it is not, for then nothing would find out. Raises SlackUnclear: Slack tells of the event again.
    """
    seen = await slack_channels.look(tools.slack, team, slack_id)
    if seen is None and said != HERE:
        raise SlackUnclear("Slack did not say how the channel stands.")
    return seen or said


async def _follow(tools: Tools, team: str, slack_id: str, seen: Look) -> None:
    async with tools.sessions.writing() as session:
        followed = await channel_life.follow(session, team=team, slack_id=slack_id, seen=seen, now=tools.now())
        if seen.here and followed is not None:
            await deliveries.wake(session, team, slack_id, tools.now())
    tools.afterwards.do(tools.courier.deliver_due())


def _happened(body: Body) -> datetime:
    """When Slack says that it was; not each event has a time of its own. Raises Unreadable."""
    return moment(body["event"].get("event_ts") or body["event_time"])


async def _bot_user(tools: Tools, team: str) -> str | None:
    """Who the bot is there; None where it is not. Raises SlackBusy and SlackUnclear while Slack does not say."""
    async with tools.sessions.reading() as session:
        workspace = await channels.workspace(session, team)
    if workspace is None:
        try:
            await tools.slack.of(team)
        except CannotDeliver as refused:
            if str(refused) != NOT_INSTALLED:
                raise SlackUnclear(f"Slack does not say who Assay is: {refused}.") from refused
            return None
        async with tools.sessions.reading() as session:
            workspace = await channels.workspace(session, team)
        if workspace is None:  # it was erased; the clock has it written down anew
            raise SlackUnclear("It is not known any more who Assay is there.")
    return workspace.bot_user


async def _remember(tools: Tools, team: str, event: dict[str, Any], *, present: bool) -> None:
    """Who is in a channel. An event that is older than what we know came late: Slack is asked."""
    user, happened = event["user"], moment(event["event_ts"])
    async with tools.sessions.writing() as session:
        channel = await channels.by_slack_id(session, team, event["channel"])
        if channel is None or channel.id is None:
            return
        member = Member(channel_id=channel.id, user=user, present=present, checked_at=tools.now())
        heard = await people.hear_of_member(session, member, happened=happened)
    if not heard:
        await tools.doorkeeper.look_up(channel, user)
    if user in leads_of(channel):
        tools.afterwards.do(tools.doorkeeper.learn_person(team, user))
