"""What becomes of channels: archived, brought back, renamed, deleted; the app hears of it where it is a member."""

from sandbox.events import Events
from sandbox.membership import member_of, shared
from sandbox.refusals import Json, NotSeen
from sandbox.screen import seen_channel
from sandbox.workspace import Channel


async def archive(events: Events, act: Json) -> Json:
    user, channel = member_of(events.world, act)
    shared(channel)
    channel.archived = True
    events.world.changed(channel=channel)
    await _tell(events, "archive", channel, {"channel": channel.id, "user": user.id})
    return {"ok": True}


async def unarchive(events: Events, act: Json) -> Json:
    """Who was in it is in it again."""
    user = events.world.workspace.user(act.get("user"))
    channel = seen_channel(events.world, user, act.get("channel"))
    if user.id not in channel.members or not channel.archived:
        raise NotSeen(f"#{channel.name} is not an archived channel of {user.name}.")
    channel.archived = False
    events.world.changed(channel=channel)
    await _tell(events, "unarchive", channel, {"channel": channel.id, "user": user.id})
    return {"ok": True}


async def delete(events: Events, act: Json) -> Json:
    """Only admins and owners can; an archived channel too. Its messages are gone with it."""
    world = events.world
    user = world.workspace.user(act.get("user"))
    channel = seen_channel(world, user, act.get("channel"))
    if channel.kind == "im":
        raise NotSeen("This is a conversation of two.")
    if not (user.is_admin or user.is_owner):
        raise NotSeen(f"{user.name} is no admin: only admins delete channels.")
    del world.workspace.channels[channel.id]
    world.changed()
    await _tell(events, "deleted", channel, {"channel": channel.id})
    return {"ok": True}


async def rename(events: Events, act: Json) -> Json:
    _, channel = member_of(events.world, act)
    shared(channel)
    name = str(act.get("name", "")).removeprefix("#").strip()
    if not name:
        raise NotSeen("A channel needs a name.")
    channel.name = name
    events.world.changed(channel=channel)
    await _tell(events, "rename", channel, {"channel": {"id": channel.id, "name": name, "created": channel.created}})
    return {"ok": True}


async def _tell(events: Events, what: str, channel: Channel, event: Json) -> None:
    """Events of private channels have names of their own."""
    if events.world.workspace.bot.id in channel.members:
        kind = "channel" if channel.kind == "public" else "group"
        await events.tell(f"{kind}_{what}", event, channel)
