"""What people do in channels: write, join, leave; the app hears of who comes and goes."""

from sandbox.api_people import shown_user
from sandbox.events import Events
from sandbox.refusals import Json, NotSeen
from sandbox.rules import pings_in
from sandbox.screen import seen_channel
from sandbox.workspace import Channel, Message, User
from sandbox.world import World

ROLES = frozenset({"is_admin", "is_owner", "is_restricted"})


def say(world: World, act: Json) -> Json:
    user, channel = member_of(world, act)
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
    shared(channel)
    if inviter.id not in channel.members and inviter is not who:
        raise NotSeen(f"{inviter.name} is not in #{channel.name}.")
    if who.id in channel.members:
        return {"ok": True, "toast": world.toast(inviter.id, f"{who.name} is already in #{channel.name}.")}
    channel.members[who.id] = None
    if world.workspace.tells_joins:
        said = f"<@{who.id}> has joined the channel"
        world.workspace.post(channel, Message(world.workspace.next_ts(), who.id, said, inviter=inviter.id))
    world.changed()
    if world.workspace.bot.id in channel.members:
        joined = {"user": who.id, "inviter": inviter.id, "team": who.team_id}
        await _tell(events, "member_joined_channel", channel, joined)
    return {"ok": True}


async def leave(events: Events, act: Json) -> Json:
    """`who`: the person who is removed instead of the one who acts."""
    world = events.world
    user, channel = member_of(world, act)
    shared(channel)
    who = world.workspace.user(act.get("who", user.id))
    if who.id not in channel.members:
        raise NotSeen(f"{who.name} is not in #{channel.name}.")
    heard = world.workspace.bot.id in channel.members
    del channel.members[who.id]
    world.changed()
    if heard:
        await _left(events, channel, who)
    return {"ok": True}


async def change_role(events: Events, act: Json) -> Json:
    """`who`: the person; is_admin, is_owner, is_restricted: what they are from now on."""
    world = events.world
    who = world.workspace.user(act.get("who"))
    for name in ROLES & set(act):
        setattr(who, name, bool(act[name]))
    world.changed()
    await events.tell("user_change", {"user": shown_user(who, world.clock.now())})
    return {"ok": True}


async def deactivate(events: Events, act: Json) -> Json:
    """`who`: the person whose account ends, the one who acts unless it says otherwise.

    They leave every channel and can do nothing more; the conversation with the app stays as it is.
    """
    world = events.world
    who = world.workspace.user(act.get("who", act.get("user")))
    if who.is_bot:
        raise NotSeen("Apps are uninstalled, not deactivated.")
    left = [each for each in world.workspace.channels.values() if each.kind != "im" and who.id in each.members]
    who.deleted = True
    world.views.of(who.id).clear()
    for channel in left:
        del channel.members[who.id]
    world.changed()
    for channel in left:
        if world.workspace.bot.id in channel.members:
            await _left(events, channel, who)
    return {"ok": True}


async def _left(events: Events, channel: Channel, who: User) -> None:
    await _tell(events, "member_left_channel", channel, {"user": who.id, "team": who.team_id})


async def _tell(events: Events, kind: str, channel: Channel, more: Json) -> None:
    letter = "C" if channel.kind == "public" else "G"
    await events.tell(kind, {"channel": channel.id, "channel_type": letter, **more}, channel)


def member_of(world: World, act: Json) -> tuple[User, Channel]:
    user = world.workspace.user(act.get("user"))
    channel = seen_channel(world, user, act.get("channel"))
    if user.id not in channel.members:
        raise NotSeen(f"{user.name} is not in #{channel.name}.")
    if channel.archived:
        raise NotSeen(f"#{channel.name} is archived.")
    return user, channel


def shared(channel: Channel) -> None:
    if channel.kind == "im":
        raise NotSeen("This is a conversation of two.")
    if channel.archived:
        raise NotSeen(f"#{channel.name} is archived.")
