"""The control API: people's acts, what they see, and the levers of the stage. JSON, loopback."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields

from aiohttp import web

from sandbox import acts, channel_life, home, membership, screen, sending, shortcuts, socket_mode, suggestions
from sandbox.app import PLAIN, Shortcut
from sandbox.events import Events
from sandbox.faults import KINDS, Fault
from sandbox.refusals import Json, NotSeen
from sandbox.workspace import User
from sandbox.world import World

Act = Callable[[World, Json], Awaitable[Json]]
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
    world.changed()
    return {"id": channel.id}


def change_app(world: World, act: Json) -> Json:
    """Changes what is given: request_url, socket_mode, scopes, events, commands, plain, shortcuts, limits."""
    if "request_url" in act:
        world.app.request_url = act["request_url"]
    if "socket_mode" in act:
        world.app.socket_mode = bool(act["socket_mode"])
    if set(act.get("plain", ())) - set(PLAIN):
        raise NotSeen(f"A Slack can be plain in {', '.join(PLAIN)}.")
    for name in ("scopes", "events", "commands", "plain"):
        if name in act:
            setattr(world.app, name, set(act[name]))
    if "shortcuts" in act:
        world.app.shortcuts = [Shortcut(**each) for each in act["shortcuts"]]
    if "limits" in act:
        world.rates.on = bool(act["limits"])
    return {"ok": True}


def dismiss(world: World, act: Json) -> Json:
    user = world.workspace.user(act.get("user"))
    left = [each for each in world.toasts.get(user.id, []) if each["id"] != act.get("toast")]
    world.toasts[user.id] = left
    world.changed(user=user.id)
    return {"ok": True}


def mark_read(world: World, act: Json) -> Json:
    user = world.workspace.user(act.get("user"))
    channel = screen.seen_channel(world, user, act.get("channel"))
    channel.read[user.id] = str(act.get("ts"))
    world.changed(user=user.id)
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


async def idle(world: World, _act: Json) -> Json:
    await world.idle()
    return {"ok": True}


async def set_clock(events: Events, act: Json) -> Json:
    """Retries that become due are sent before the answer comes."""
    clock = events.world.clock
    if "now" in act:
        clock.set(float(act["now"]))
    clock.advance(float(act.get("advance", 0)))
    events.world.changed()
    retries = await events.retry(all_now=bool(act.get("retry")))
    return {"now": clock.now(), "real": clock.is_real, "retries": retries}


SIMPLE: dict[str, Callable[[World, Json], Json]] = {
    "users": add_user,
    "channels": add_channel,
    "app": change_app,
    "dismiss": dismiss,
    "read": mark_read,
    "say": membership.say,
    "faults": add_fault,
}
ACTS: dict[str, Act] = {
    "click": acts.click,
    "submit": acts.submit,
    "close": acts.close,
    "command": acts.command,
    "shortcut": shortcuts.use,
    "suggest": suggestions.suggest,
    "redeliver": redeliver,
    "socket": socket_mode.act,
    "idle": idle,
}
HEARD: dict[str, Callable[[Events, Json], Awaitable[Json]]] = {
    "invite": membership.invite,
    "leave": membership.leave,
    "archive": channel_life.archive,
    "unarchive": channel_life.unarchive,
    "delete": channel_life.delete,
    "rename": channel_life.rename,
    "deactivate": membership.deactivate,
    "role": membership.change_role,
    "uninstall": membership.uninstall,
    "home": home.open_home,
    "clock": set_clock,
}
READS: dict[str, Callable[[World, User, Json], Json]] = {
    "screen": lambda world, user, _query: screen.screen(world, user),
    "messages": screen.messages,
    "thread": screen.thread,
    "home": screen.home,
}


class Control:
    """The routes under /control/."""

    def __init__(self, world: World, events: Events) -> None:
        self.world = world
        self.events = events

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/events", self.stream),
            web.get("/control/traffic", self.traffic),
            web.get("/control/clock", self.clock),
            web.get("/control/{what}", self.read),
            web.post("/control/{what}", self.act),
            web.delete("/control/faults", self.no_faults),
        ]

    async def act(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        try:
            act = await request.json()
            return web.json_response(await self._done(what, act))
        except NotSeen as refused:
            return web.json_response({"error": str(refused)}, status=409)
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"error": f"Not understood: {wrong!r}"}, status=400)

    async def _done(self, what: str, act: Json) -> Json:
        if what in SIMPLE:
            return SIMPLE[what](self.world, act)
        if what in ACTS:
            return await ACTS[what](self.world, act)
        if what in HEARD:
            return await HEARD[what](self.events, act)
        raise KeyError(what)

    async def read(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if what not in READS:
            return web.json_response({"error": f"There is nothing called {what}."}, status=404)
        query = dict(request.query)
        try:
            return web.json_response(READS[what](self.world, self._user(query), query))
        except NotSeen as refused:
            return web.json_response({"error": str(refused)}, status=409)
        except ValueError as wrong:
            return web.json_response({"error": f"Not understood: {wrong!r}"}, status=400)

    def _user(self, query: Json) -> User:
        """Who looks; when nobody is named the first ordinary member, else the first person."""
        if "user" in query:
            return self.world.workspace.user(query["user"])
        people = [user for user in self.world.workspace.users.values() if not (user.is_bot or user.deleted)]
        if not people:
            raise NotSeen("Nobody is in this workspace yet.")
        return min(people, key=lambda user: user.is_admin or user.is_owner or user.is_restricted or user.is_stranger)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the version, whenever something that this person sees changed."""
        try:
            user = self._user(dict(request.query))
        except NotSeen as refused:
            return web.json_response({"error": str(refused)}, status=409)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with self.world.watching(user.id) as watcher:
            while self.world.is_open:
                version = json.dumps({"version": self.world.version})
                try:
                    await response.write(f"data: {version}\n\n".encode())
                except ConnectionError:
                    return response
                await watcher.changed.wait()
                watcher.changed.clear()
        return response

    async def traffic(self, request: web.Request) -> web.Response:
        """`after`: only what came after this id."""
        after = int(request.query.get("after", 0))
        lines = [json.dumps(entry.shown(), ensure_ascii=False) for entry in self.world.traffic.entries[after:]]
        return web.Response(text="\n".join([*lines, ""]), content_type="application/x-ndjson")

    async def clock(self, _request: web.Request) -> web.Response:
        return web.json_response({"now": self.world.clock.now(), "real": self.world.clock.is_real})

    async def no_faults(self, _request: web.Request) -> web.Response:
        self.world.faults.clear()
        return web.json_response({"ok": True})
