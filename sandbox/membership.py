"""What people do with channels: write, join, leave, archive, rename; the app hears of it."""

from sandbox.events import Events
from sandbox.refusals import Json, NotSeen
from sandbox.rules import pings_in
from sandbox.screen import seen_channel
from sandbox.workspace import Channel, Message, User
from sandbox.world import World


def say(world: World, act: Json) -> Json:
    user, channel = _member(world, act)
    text = str(act.get("text", "")).replace("\r\n", "\n")
    if not text.strip():
        raise NotSeen("There is nothing to send.")
    message = Message(world.workspace.next_ts(), user.id, text, pings=pings_in(text, []))
    message.thread_ts = act.get("thread_ts")
    if message.thread_ts and message.thread_ts not in channel.messages:
        raise NotSeen("This thread is not there.")
    channel.read[user.id] = message.ts
    world.workspace.post(channel, message)
    world.changed(channel=channel)
    return {"ok": True, "ts": message.ts}


async def invite(events: Events, act: Json) -> Json:
    """A person joins a public channel by inviting themselves."""
    world = events.world
    inviter, who = world.workspace.user(act.get("user")), world.workspace.user(act.get("who"))
    channel = seen_channel(world, inviter, act.get("channel"))
    _shared(channel)
    if inviter.id not in channel.members and inviter is not who:
        raise NotSeen(f"{inviter.name} is not in #{channel.name}.")
    if who.id in channel.members:
        return {"ok": True}
    channel.members[who.id] = None
    world.changed()
    if world.workspace.bot.id in channel.members:
        joined = {"user": who.id, "inviter": inviter.id, "team": who.team_id}
        await _tell(events, "member_joined_channel", channel, joined)
    return {"ok": True}


async def leave(events: Events, act: Json) -> Json:
    """`who`: the person who is removed instead of the one who acts."""
    world = events.world
    user, channel = _member(world, act)
    _shared(channel)
    who = world.workspace.user(act.get("who", user.id))
    if who.id not in channel.members:
        raise NotSeen(f"{who.name} is not in #{channel.name}.")
    heard = world.workspace.bot.id in channel.members
    del channel.members[who.id]
    world.changed()
    if heard:
        await _tell(events, "member_left_channel", channel, {"user": who.id, "team": who.team_id})
    return {"ok": True}


async def archive(events: Events, act: Json) -> Json:
    user, channel = _member(events.world, act)
    _shared(channel)
    channel.archived = True
    events.world.changed(channel=channel)
    kind = "channel_archive" if channel.kind == "public" else "group_archive"
    if events.world.workspace.bot.id in channel.members:
        await events.tell(kind, {"channel": channel.id, "user": user.id}, channel)
    return {"ok": True}


async def rename(events: Events, act: Json) -> Json:
    _, channel = _member(events.world, act)
    _shared(channel)
    name = str(act.get("name", "")).removeprefix("#").strip()
    if not name:
        raise NotSeen("A channel needs a name.")
    channel.name = name
    events.world.changed(channel=channel)
    kind = "channel_rename" if channel.kind == "public" else "group_rename"
    if events.world.workspace.bot.id in channel.members:
        renamed = {"id": channel.id, "name": name, "created": channel.created}
        await events.tell(kind, {"channel": renamed}, channel)
    return {"ok": True}


async def uninstall(events: Events, _act: Json) -> Json:
    """The app's token stops working, then the app hears of it."""
    events.world.app.installed = False
    await events.tell("tokens_revoked", {"tokens": {"oauth": [], "bot": [events.world.workspace.bot.id]}})
    await events.tell("app_uninstalled", {})
    return {"ok": True}


async def _tell(events: Events, kind: str, channel: Channel, more: Json) -> None:
    letter = "C" if channel.kind == "public" else "G"
    await events.tell(kind, {"channel": channel.id, "channel_type": letter, **more}, channel)


def _member(world: World, act: Json) -> tuple[User, Channel]:
    user = world.workspace.user(act.get("user"))
    channel = seen_channel(world, user, act.get("channel"))
    if user.id not in channel.members:
        raise NotSeen(f"{user.name} is not in #{channel.name}.")
    if channel.archived:
        raise NotSeen(f"#{channel.name} is archived.")
    return user, channel


def _shared(channel: Channel) -> None:
    if channel.kind == "im":
        raise NotSeen("This is a conversation of two.")
    if channel.archived:
        raise NotSeen(f"#{channel.name} is archived.")
