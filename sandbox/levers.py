"""The levers of the stage: who and what is there, how the app is set up, what goes wrong, what time it is."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sandbox import sending
from sandbox.app import PLAIN, Shortcut
from sandbox.faults import KINDS, Fault
from sandbox.refusals import Json, NotSeen
from sandbox.slack import Slack
from sandbox.world import World

CHANGES: dict[str, Callable[[Any], object]] = {
    "request_url": lambda url: url,
    "socket_mode": bool,
    "token_rotation": bool,
    "scopes": set,
    "events": set,
    "commands": set,
    "plain": set,
    "redirect_urls": set,
    "shortcuts": lambda given: [Shortcut(**each) for each in given],
}
FLAGS = ("is_admin", "is_owner", "is_bot", "is_restricted", "is_stranger")
FAULT_FIELDS = {each.name for each in fields(Fault)}


def add_user(world: World, act: Json) -> Json:
    flags = {name: bool(act[name]) for name in FLAGS if name in act}
    tz = str(act.get("tz") or "Europe/London")
    user = world.workspace.add_user(str(act["name"]), id=act.get("id"), tz=tz, **flags)
    world.changed()
    return {"id": user.id}


def add_channel(world: World, act: Json) -> Json:
    channel = world.workspace.add_channel(
        str(act["name"]), id=act.get("id"), private=bool(act.get("private")), members=act.get("members", ())
    )
    channel.host = act.get("host")
    world.changed()
    return {"id": channel.id}


def change_app(world: World, act: Json) -> Json:
    """Changes what is given: what CHANGES names, and `limits`: the workspace's and the app's own."""
    if set(act.get("plain", ())) - set(PLAIN):
        raise NotSeen(f"A Slack can be plain in {', '.join(PLAIN)}.")
    for name in set(CHANGES) & set(act):
        setattr(world.app, name, CHANGES[name](act[name]))
    if "limits" in act:
        world.rates.on = world.stage.rates.on = bool(act["limits"])
    return {"ok": True}


def add_fault(world: World, act: Json) -> Json:
    if act.get("kind") not in KINDS or set(act) - FAULT_FIELDS or "method" not in act:
        raise NotSeen(f"A fault has a method, and a kind among {', '.join(sorted(KINDS))}.")
    world.faults.add(Fault(**act))
    return {"ok": True}


async def redeliver(world: World, act: Json) -> Json:
    """Sends the same signed request once more; nothing on the screen changes by its answer."""
    old = world.traffic.find(int(act.get("id", 0)))
    if old is None or old.raw is None:
        raise NotSeen("This is not something that was sent to the bot.")
    entry = world.traffic.add("sandbox", old.kind, old.method, old.request, old.user)
    entry.raw = old.raw
    reply = await sending.deliver(world, entry)
    return {"ok": True, "id": entry.id, "status": reply.status, "answer": entry.answer}


def change_workspace(world: World, act: Json) -> Json:
    """`approval`: only admins install apps. `tells_joins`: channels say who joined."""
    for name in {"approval", "tells_joins"} & set(act):
        setattr(world.workspace, name, bool(act[name]))
    return {"ok": True}


async def idle(slack: Slack, _act: Json) -> Json:
    await slack.stage.idle()
    return {"ok": True}


async def add_workspace(slack: Slack, act: Json) -> Json:
    """`name`. With `install` the app is there at once, without OAuth: then its `token` is told."""
    world = slack.add(str(act["name"]))
    change_workspace(world, act)
    told: Json = {"id": world.team.id, "bot_user": world.team.bot_user_id, "bot_id": world.team.bot_id}
    if act.get("install"):
        told["token"] = slack.install(world, frozenset(world.app.scopes)).word
    for each in slack.worlds:
        each.changed()
    return told


async def set_clock(slack: Slack, act: Json) -> Json:
    """Retries that become due are sent before the answer comes."""
    clock = slack.stage.clock
    if "now" in act:
        clock.set(float(act["now"]))
    clock.advance(float(act.get("advance", 0)))
    for world in slack.worlds:
        world.changed()
    retries = sum([await each.retry(all_now=bool(act.get("retry"))) for each in [*slack.events.values()]])
    return {"now": clock.now(), "real": clock.is_real, "retries": retries}
