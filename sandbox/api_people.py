"""The Web API about people and channels."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sandbox.refusals import ApiError, Json
from sandbox.workspace import FIRST, Channel, User
from sandbox.world import World

T = TypeVar("T")
ROLES = frozenset({"is_admin", "is_owner", "is_restricted", "is_ultra_restricted", "is_stranger"})
READ_SCOPE = {"public": "channels:read", "private": "groups:read", "im": "im:read"}


def need_scope(world: World, scope: str) -> None:
    if scope not in world.granted:
        raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(world.granted)))


def visible_channel(world: World, channel_id: object) -> Channel:
    """A private channel or conversation that the bot is not in does not exist for it."""
    channel = world.workspace.channels.get(str(channel_id))
    if channel is None or (channel.kind != "public" and world.workspace.bot.id not in channel.members):
        raise ApiError("channel_not_found")
    return channel


def page(rows: Sequence[T], args: Json, most: int) -> tuple[list[T], str]:
    """The rows that `cursor` and `limit` ask for, and the next cursor ("" at the end)."""
    start = _cursor(args.get("cursor"))
    size = min(positive(args.get("limit"), 100), most)
    end = start + size
    return list(rows[start:end]), f"next:{end}" if end < len(rows) else ""


def positive(given: object, otherwise: int) -> int:
    if given in (None, ""):
        return otherwise
    if not re.fullmatch(r"[1-9]\d{0,3}", str(given)):
        raise ApiError("invalid_limit")
    return int(str(given))


def _cursor(given: object) -> int:
    if given in (None, ""):
        return 0
    if not re.fullmatch(r"next:\d+", str(given)):
        raise ApiError("invalid_cursor")
    return int(str(given)[5:])


def address(world: World) -> str:
    """The workspace's own address; of the first one it is the sandbox's."""
    return f"{world.url}/" if world.team == FIRST else f"{world.url}/{world.team.id}/"


def auth_test(world: World, _args: Json) -> Json:
    return {
        "url": address(world),
        "team": world.team.name,
        "user": world.workspace.bot.handle,
        "team_id": world.team.id,
        "user_id": world.workspace.bot.id,
        "bot_id": world.team.bot_id,
        "is_enterprise_install": False,
    }


def shown_user(user: User, now: float) -> Json:
    """Of somebody deactivated little more than the name is told, as in Slack: no zone, no roles."""
    shown: Json = {"id": user.id, "team_id": user.team_id, "name": user.handle, "deleted": user.deleted}
    profile = {"is_bot": user.is_bot, "profile": {"real_name": user.name, "display_name": user.name}}
    if user.deleted:
        return {**shown, **profile}
    offset = datetime.fromtimestamp(now, tz=UTC).astimezone(ZoneInfo(user.tz)).utcoffset()
    shown |= {
        **profile,
        "real_name": user.name,
        "tz": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin or user.is_owner,
        "is_owner": user.is_owner,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
    }
    return {**shown, "is_stranger": True} if user.is_stranger else shown


def _told(world: World, user: User) -> Json:
    shown = shown_user(user, world.clock.now())
    hidden = ROLES if "roles" in world.app.plain else frozenset()
    return {name: held for name, held in shown.items() if name not in hidden}


def users_info(world: World, args: Json) -> Json:
    user = world.workspace.users.get(str(args.get("user")))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": _told(world, user)}


def users_list(world: World, args: Json) -> Json:
    users, cursor = page(list(world.workspace.users.values()), args, 1000)
    return {"members": [_told(world, user) for user in users], "response_metadata": {"next_cursor": cursor}}


def shown_channel(world: World, channel: Channel) -> Json:
    bot = world.workspace.bot.id
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_im": channel.kind == "im",
        "is_archived": channel.archived,
        "is_private": channel.kind != "public",
        "context_team_id": world.team.id,
    }
    if channel.kind == "im":
        return {**shown, "user": next(each for each in channel.members if each != bot)}
    return {
        **shown,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_mpim": False,
        "is_general": False,
        "is_member": bot in channel.members,
        "is_ext_shared": world.workspace.is_shared(channel),
        "num_members": len(channel.members),
    }


def conversations_info(world: World, args: Json) -> Json:
    channel = visible_channel(world, args.get("channel"))
    need_scope(world, READ_SCOPE[channel.kind])
    return {"channel": shown_channel(world, channel)}


def conversations_members(world: World, args: Json) -> Json:
    channel = visible_channel(world, args.get("channel"))
    need_scope(world, READ_SCOPE[channel.kind])
    members, cursor = page(list(channel.members), args, 1000)
    return {"members": members, "response_metadata": {"next_cursor": cursor}}


def conversations_list(world: World, args: Json) -> Json:
    wanted = str(args.get("types") or "public_channel").split(",")
    kinds = {kind for kind in READ_SCOPE if kind in wanted or f"{kind}_channel" in wanted}
    for kind in sorted(kinds):
        need_scope(world, READ_SCOPE[kind])
    bot, without = world.workspace.bot.id, args.get("exclude_archived") in (True, "true", "1")
    seen = [
        channel
        for channel in world.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public" or bot in channel.members)
        and not (without and channel.archived)
    ]
    channels, cursor = page(seen, args, 1000)
    shown = [shown_channel(world, channel) for channel in channels]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}
