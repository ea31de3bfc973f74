"""Everything the sandbox holds, and how it tells the pages that something changed."""

import asyncio
import copy
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.elements import Values
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.links import Links
from sandbox.numbers import Numbers
from sandbox.rates import Rates
from sandbox.refusals import Json
from sandbox.tickets import Tickets
from sandbox.traffic import Traffic
from sandbox.views import Views
from sandbox.workspace import Channel, Workspace

TOAST_SECONDS = 15.0  # of real time: who comes later is not shown an old failure

Found = dict[tuple[str, str], list[Json]]
LASTING = (
    "app",
    "clock",
    "ack_seconds",
    "workspace",
    "tickets",
    "traffic",
    "rates",
    "views",
    "typed",
    "found",
    "numbers",
    "files",
)


@dataclass(eq=False)
class Watcher:
    user: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class World:
    """`ack_seconds` is how long the bot may take to acknowledge, in real time.

    `typed` holds what stands in the fields of messages, `found` what the app offered there; by message and person.
    `lag` is how many seconds the history is behind, or a file takes, for the call that is being answered.
    """

    app: AppConfig
    clock: Clock
    ack_seconds: float
    workspace: Workspace
    tickets: Tickets
    traffic: Traffic
    rates: Rates
    files: Files
    url: str = ""
    session: aiohttp.ClientSession | None = None
    faults: Faults = field(default_factory=Faults)
    links: Links = field(default_factory=Links)
    views: Views = field(default_factory=Views)
    toasts: dict[str, list[Json]] = field(default_factory=dict)
    typed: dict[str, dict[str, Values]] = field(default_factory=dict)
    found: dict[str, dict[str, Found]] = field(default_factory=dict)
    watchers: set[Watcher] = field(default_factory=set)
    version: int = 0
    lag: float = 0.0
    is_open: bool = True
    running: set["asyncio.Task[Any]"] = field(default_factory=set)
    pending: set["asyncio.Task[Any]"] = field(default_factory=set)
    numbers: Numbers = field(default_factory=Numbers)

    def twin(self) -> "World":
        """A world of its own in which everything stands as here; nobody is connected to it."""
        return World(**copy.deepcopy({name: getattr(self, name) for name in LASTING}))

    def changed(self, *, user: str | None = None, channel: Channel | None = None) -> None:
        """Tells the pages of this user, or of those who see the channel; of everybody when neither is given."""
        self.version += 1
        for watcher in self.watchers:
            person = self.workspace.users[watcher.user]
            if user in (None, watcher.user) and (channel is None or channel.sees(person)):
                watcher.changed.set()

    @contextmanager
    def watching(self, user: str) -> Iterator[Watcher]:
        watcher = Watcher(user)
        self.watchers.add(watcher)
        try:
            yield watcher
        finally:
            self.watchers.discard(watcher)

    def toast(self, user: str, text: str) -> str:
        until = time.monotonic() + TOAST_SECONDS
        self.toasts.setdefault(user, []).append({"id": f"t{next(self.numbers)}", "text": text, "until": until})
        self.changed(user=user)
        return text

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs on its own until it is done or the sandbox stops; `idle` waits for it."""
        task = asyncio.ensure_future(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Like `start`, but `idle` does not wait for it."""
        task = asyncio.ensure_future(work)
        self.pending.add(task)
        task.add_done_callback(self.pending.discard)

    async def stop(self) -> None:
        """Ends what is still under way, the pages' streams too."""
        self.is_open = False
        for watcher in self.watchers:
            watcher.changed.set()
        tasks = self.running | self.pending
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Returns once nothing that the sandbox started is under way to the bot."""
        while self.running:
            await asyncio.wait(self.running)


def new_world(app: AppConfig, clock: Clock, ack_seconds: float) -> World:
    workspace = Workspace(clock, app.bot_name)
    return World(
        app,
        clock,
        ack_seconds,
        workspace,
        tickets=Tickets(clock),
        traffic=Traffic(clock),
        rates=Rates(clock),
        files=Files(clock),
    )
