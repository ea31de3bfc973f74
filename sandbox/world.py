"""Everything that one workspace holds, and how it tells the pages that something changed."""

import asyncio
import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.app import AppConfig, Shortcut
from sandbox.clock import Clock
from sandbox.elements import Values
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.links import Links
from sandbox.rates import Rates
from sandbox.refusals import Json
from sandbox.stage import Stage
from sandbox.tickets import Tickets
from sandbox.traffic import Traffic
from sandbox.views import Views
from sandbox.workspace import FIRST, Channel, Team, Workspace

TOAST_SECONDS = 15.0  # of real time: who comes later is not shown an old failure

Found = dict[tuple[str, str], list[Json]]
LASTING = ("stage", "workspace", "tickets", "traffic", "rates", "files", "views", "typed", "found")


@dataclass(eq=False)
class Watcher:
    user: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class World:
    """One workspace on the stage that all of them share.

    `typed` holds what stands in the fields of messages, `found` what the app offered there; by message and person.
    Of the call that is being answered, `granted` are the scopes of its token, and `lag` is how many seconds the
    history is behind, or a file takes.
    """

    stage: Stage
    workspace: Workspace
    tickets: Tickets
    traffic: Traffic
    rates: Rates
    files: Files
    views: Views
    toasts: dict[str, list[Json]] = field(default_factory=dict)
    typed: dict[str, dict[str, Values]] = field(default_factory=dict)
    found: dict[str, dict[str, Found]] = field(default_factory=dict)
    watchers: set[Watcher] = field(default_factory=set)
    version: int = 0
    lag: float = 0.0
    granted: frozenset[str] = frozenset()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Everything stands as here; nobody watches it."""
        return type(self)(**{name: copy.deepcopy(getattr(self, name), memo) for name in LASTING})

    @property
    def team(self) -> Team:
        return self.workspace.team

    @property
    def app(self) -> AppConfig:
        return self.stage.app

    @property
    def clock(self) -> Clock:
        return self.stage.clock

    @property
    def faults(self) -> Faults:
        return self.stage.faults

    @property
    def links(self) -> Links:
        return self.stage.links

    @property
    def url(self) -> str:
        return self.stage.url

    @property
    def ack_seconds(self) -> float:
        return self.stage.ack_seconds

    @ack_seconds.setter
    def ack_seconds(self, seconds: float) -> None:
        self.stage.ack_seconds = seconds

    @property
    def is_installed(self) -> bool:
        return bool(self.app.tokens.of(self.team.id))

    @property
    def commands(self) -> set[str]:
        return self.app.commands if "commands" in self.app.may(self.team.id) else set()

    @property
    def shortcuts(self) -> list[Shortcut]:
        """They need the scope for commands."""
        return self.app.shortcuts if "commands" in self.app.may(self.team.id) else []

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

    def close(self) -> None:
        """Ends the pages' streams."""
        for watcher in self.watchers:
            watcher.changed.set()

    def toast(self, user: str, text: str) -> str:
        until = time.monotonic() + TOAST_SECONDS
        toast = {"id": f"t{next(self.stage.numbers)}", "text": text, "until": until}
        self.toasts.setdefault(user, []).append(toast)
        self.changed(user=user)
        return text

    async def idle(self) -> None:
        await self.stage.idle()


def new_world(stage: Stage, team: Team = FIRST) -> World:
    clock, numbers = stage.clock, stage.numbers
    return World(
        stage,
        Workspace(clock, stage.app.bot_name, team),
        tickets=Tickets(clock, numbers),
        traffic=Traffic(clock, stage.traffic.entries, team.id),
        rates=Rates(clock),
        files=Files(clock, numbers),
        views=Views(numbers),
    )
