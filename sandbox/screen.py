"""What one person sees: channels, messages, modals, notices."""

import time
from collections.abc import Iterator
from dataclasses import asdict

from sandbox.elements import chosen
from sandbox.payloads import elements_on, typed
from sandbox.refusals import Json, NotSeen
from sandbox.views import View
from sandbox.workspace import Channel, Message, User
from sandbox.world import World

PAGE = 50
MOST = 200
UNREAD = 100


def seen_channel(world: World, user: User, channel_id: object) -> Channel:
    channel = world.workspace.channel(channel_id)
    if not channel.sees(user):
        raise NotSeen(f"{user.name} does not see this channel.")
    return channel


def seen_message(world: World, user: User, act: Json) -> tuple[Channel, Message]:
    channel = seen_channel(world, user, act.get("channel"))
    message = channel.messages.get(str(act.get("ts")))
    if message is None or message.seen_by not in (None, user.id):
        raise NotSeen(f"{user.name} does not see this message.")
    return channel, message


def screen(world: World, user: User, _query: Json) -> Json:
    users = world.workspace.users.values()
    channels = [each for each in world.workspace.channels.values() if each.sees(user)]
    return {
        "team": {"id": world.team.id, "name": world.team.name, "domain": world.team.domain},
        "now": world.clock.now(),
        "me": {**_person(user), "tz": user.tz},
        "users": [_person(each) for each in users],
        "channels": [_channel(world, each, user) for each in channels],
        "modals": [_view(view) for view in world.views.of(user.id)],
        "toasts": [each for each in world.toasts.get(user.id, []) if each["until"] > time.monotonic()],
        "app": {"name": world.workspace.bot.name, "home": world.app.home_tab, "installed": world.is_installed},
        "commands": sorted(world.commands),
        "shortcuts": [asdict(each) for each in world.shortcuts],
        "version": world.version,
    }


def _person(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "is_bot": user.is_bot,
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_restricted": user.is_restricted,
        "is_stranger": user.is_stranger,
        "deleted": user.deleted,
    }


def _channel(world: World, channel: Channel, user: User) -> Json:
    """`unread` stops counting at 100; the conversation with the bot is `im` and carries the bot's name."""
    last = next(channel.newest_first(user.id), None)
    return {
        "id": channel.id,
        "name": world.workspace.bot.name if channel.kind == "im" else channel.name,
        "private": channel.kind != "public",
        "im": channel.kind == "im",
        "archived": channel.archived,
        "member": user.id in channel.members,
        "members": len(channel.members),
        "unread": _unread(channel, user),
        "last_ts": last.ts if last else None,
    }


def _unread(channel: Channel, user: User) -> int:
    read, count = channel.read.get(user.id, "0"), 0
    for message in channel.newest_first(user.id):
        if message.ts <= read or count == UNREAD:
            break
        count += message.user != user.id
    return count


def _view(view: View) -> Json:
    return {
        "id": view.id,
        "hash": view.hash,
        "type": "modal",
        "title": view.body["title"]["text"],
        "submit": view.body.get("submit", {}).get("text"),
        "close": view.body.get("close", {}).get("text"),
        "callback_id": view.body.get("callback_id", ""),
        "blocks": view.body["blocks"],
        "values": view.values,
        "chosen": chosen(view.elements, view.values),
        "errors": view.errors,
        "error": view.error,
        "private_metadata": view.body.get("private_metadata", ""),
    }


def home(world: World, user: User, _query: Json) -> Json:
    """`view`: None as long as the app has published nothing for this person."""
    view = world.views.homes.get(user.id)
    return {"enabled": world.app.home_tab, "view": _home(view) if view else None}


def _home(view: View) -> Json:
    return {
        "id": view.id,
        "hash": view.hash,
        "type": "home",
        "callback_id": view.body.get("callback_id", ""),
        "blocks": view.body["blocks"],
        "values": view.values,
        "chosen": chosen(view.elements, view.values),
        "private_metadata": view.body.get("private_metadata", ""),
    }


def shown(world: World, user: User, message: Message) -> Json:
    author = world.workspace.users[message.user]
    values = typed(world, user.id, message)
    return {
        "ts": message.ts,
        "user": message.user,
        "name": author.name,
        "is_bot": author.is_bot,
        "text": message.text,
        "blocks": message.blocks,
        "values": values,
        "chosen": chosen(elements_on(world, user.id, message), values),
        "ephemeral": message.seen_by is not None,
        "edited": message.edited,
        "thread_ts": message.thread_ts,
        "reply_count": len(message.replies),
        "pings": message.pings,
        "previews": message.previews,
        "deleted": message.deleted,
    }


def messages(world: World, user: User, query: Json) -> Json:
    """A page of the channel, oldest first. `ts`: that message alone; `private`: notes for this person alone."""
    channel = seen_channel(world, user, query.get("channel"))
    if "ts" in query:
        _, message = seen_message(world, user, query)
        return {"messages": [shown(world, user, message)], "more": False}
    size = min(max(int(query.get("limit", PAGE)), 1), MOST)
    before, page = str(query.get("before", "9")), []
    rows = _notes(channel, user) if "private" in query else channel.newest_first(user.id)
    for message in rows:
        if message.ts < before:
            page.append(message)
        if len(page) > size:
            break
    kept = page[:size][::-1]
    return {"messages": [shown(world, user, message) for message in kept], "more": len(page) > size}


def _notes(channel: Channel, user: User) -> Iterator[Message]:
    """Ephemeral messages in the channel and its threads, newest first."""
    return (message for message in reversed(channel.messages.values()) if message.seen_by == user.id)


def thread(world: World, user: User, query: Json) -> Json:
    """The parent, its replies, and what only this person sees in the thread."""
    channel, parent = seen_message(world, user, query)
    rows = [
        message
        for message in channel.messages.values()
        if message is parent or (message.thread_ts == parent.ts and message.seen_by in (None, user.id))
    ]
    return {"messages": [shown(world, user, message) for message in rows], "more": False}
