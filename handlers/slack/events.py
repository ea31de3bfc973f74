"""What happens to channels and the people in them."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot import channel_setup
from bot.membership import described
from handlers.slack.payloads import Body
from handlers.tools import Tools
from storage.models import Member
from storage.queries import channels, deliveries, people


async def joined(tools: Tools, body: Body) -> None:
    """A person came, or the bot itself was invited."""
    event = body["event"]
    if event["user"] == await _bot_user(tools, body["team_id"]):
        described = await channel_setup.describe(tools.slack, event["channel"])
        async with tools.sessions.writing() as session:
            await channel_setup.meet(
                session,
                team=body["team_id"],
                slack_id=event["channel"],
                described=described,
                invited_by=event.get("inviter"),
                now=tools.now(),
            )
            await deliveries.wake(session, event["channel"], tools.now())
        tools.afterwards.do(tools.courier.deliver_due())
        return
    await _remember(tools, body["team_id"], event, present=True)


async def left(tools: Tools, body: Body) -> None:
    await _remember(tools, body["team_id"], body["event"], present=False)


async def changed(tools: Tools, body: Body) -> None:
    """Somebody was made an admin, a guest, or left: of those we know the role acts at once."""
    now = described(body["event"]["user"], body["team_id"], tools.now())
    async with tools.sessions.reading() as session:
        before = await people.person(session, now.team, now.user)
    # Most changes are of a status or a picture.
    if before is not None and (before.admin, before.outsider) != (now.admin, now.outsider):
        async with tools.sessions.writing() as session:
            await people.put_person(session, now)


EVENTS: dict[str, Callable[[Tools, Body], Awaitable[None]]] = {
    "member_joined_channel": joined,
    "member_left_channel": left,
    "user_change": changed,
}


async def _bot_user(tools: Tools, team: str) -> str | None:
    async with tools.sessions.reading() as session:
        workspace = await channels.workspace(session, team)
    return workspace.bot_user if workspace else None


async def _remember(tools: Tools, team: str, event: dict[str, Any], *, present: bool) -> None:
    async with tools.sessions.writing() as session:
        channel = await channels.by_slack_id(session, team, event["channel"])
        if channel is None or channel.id is None:
            return
        member = Member(channel_id=channel.id, user=event["user"], present=present, checked_at=tools.now())
        await people.hear_of_member(session, member)
