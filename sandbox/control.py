"""The control API: people's acts, what they see, and the levers of the stage. JSON, loopback.

`team` says in which workspace; without it, it is the first one.
"""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox import (
    acts,
    channel_life,
    home,
    installing,
    levers,
    membership,
    screen,
    shortcuts,
    socket_mode,
    suggestions,
)
from sandbox.events import Events
from sandbox.refusals import Json, NotSeen
from sandbox.slack import Slack
from sandbox.workspace import User
from sandbox.world import World

Act = Callable[[World, Json], Awaitable[Json]]


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


SIMPLE: dict[str, Callable[[World, Json], Json]] = {
    "users": levers.add_user,
    "channels": levers.add_channel,
    "app": levers.change_app,
    "dismiss": dismiss,
    "read": mark_read,
    "say": membership.say,
    "faults": levers.add_fault,
    "workspace": levers.change_workspace,
}
ACTS: dict[str, Act] = {
    "click": acts.click,
    "submit": acts.submit,
    "close": acts.close,
    "command": acts.command,
    "shortcut": shortcuts.use,
    "suggest": suggestions.suggest,
    "redeliver": levers.redeliver,
}
SHARED: dict[str, Callable[[Slack, Json], Awaitable[Json]]] = {
    "socket": lambda slack, act: socket_mode.act(slack.stage, act),
    "idle": levers.idle,
    "clock": levers.set_clock,
    "workspaces": levers.add_workspace,
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
    "uninstall": installing.remove,
    "home": home.open_home,
}
READS: dict[str, Callable[[World, User, Json], Json]] = {
    "screen": screen.screen,
    "messages": screen.messages,
    "thread": screen.thread,
    "home": screen.home,
}


class Control:
    """The routes under /control/."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/events", self.stream),
            web.get("/control/traffic", self.traffic),
            web.get("/control/clock", self.clock),
            web.get("/control/workspaces", self.workspaces),
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
        if what in SHARED:
            return await SHARED[what](self.slack, act)
        events = self.slack.of(act.get("team"))
        if what in SIMPLE:
            return SIMPLE[what](events.world, act)
        if what in ACTS:
            return await ACTS[what](events.world, act)
        if what in HEARD:
            return await HEARD[what](events, act)
        raise KeyError(what)

    async def read(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if what not in READS:
            return web.json_response({"error": f"There is nothing called {what}."}, status=404)
        query = dict(request.query)
        try:
            world = self.slack.of(query.get("team")).world
            return web.json_response(READS[what](world, _user(world, query), query))
        except NotSeen as refused:
            return web.json_response({"error": str(refused)}, status=409)
        except ValueError as wrong:
            return web.json_response({"error": f"Not understood: {wrong!r}"}, status=400)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the version, whenever something that this person sees changed."""
        try:
            world = self.slack.of(request.query.get("team")).world
            user = _user(world, dict(request.query))
        except NotSeen as refused:
            return web.json_response({"error": str(refused)}, status=409)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with world.watching(user.id) as watcher:
            while self.slack.stage.is_open:
                version = json.dumps({"version": world.version})
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
        lines = [json.dumps(entry.shown(), ensure_ascii=False) for entry in self.slack.stage.traffic.entries[after:]]
        return web.Response(text="\n".join([*lines, ""]), content_type="application/x-ndjson")

    async def clock(self, _request: web.Request) -> web.Response:
        clock = self.slack.stage.clock
        return web.json_response({"now": clock.now(), "real": clock.is_real})

    async def workspaces(self, _request: web.Request) -> web.Response:
        shown = [
            {"id": each.team.id, "name": each.team.name, "people": len(list(each.workspace.people()))}
            for each in self.slack.worlds
        ]
        return web.json_response({"workspaces": shown})

    async def no_faults(self, _request: web.Request) -> web.Response:
        self.slack.stage.faults.clear()
        return web.json_response({"ok": True})


def _user(world: World, query: Json) -> User:
    """Who looks; when nobody is named the first ordinary member, else the first person."""
    if "user" in query:
        return world.workspace.user(query["user"])
    people = [*world.workspace.people()]
    if not people:
        raise NotSeen("Nobody is in this workspace yet.")
    return min(people, key=lambda user: user.is_admin or user.is_owner or user.is_restricted or user.is_stranger)
