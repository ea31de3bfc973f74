"""What all workspaces share: the app, the time, the ways between the sandbox and the bot, and what is under way."""

import asyncio
import copy
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.links import Links
from sandbox.numbers import Numbers
from sandbox.rates import Rates
from sandbox.traffic import Traffic

LASTING = ("app", "clock", "ack_seconds", "traffic", "rates", "numbers")


@dataclass(eq=False)
class Stage:
    """`ack_seconds` is how long the bot may take to acknowledge, in real time.

    `rates` limit what the app calls for itself, as no workspace.
    """

    app: AppConfig
    clock: Clock
    ack_seconds: float
    traffic: Traffic
    rates: Rates
    numbers: Numbers = field(default_factory=Numbers)
    url: str = ""
    session: aiohttp.ClientSession | None = None
    faults: Faults = field(default_factory=Faults)
    links: Links = field(default_factory=Links)
    is_open: bool = True
    running: set["asyncio.Task[Any]"] = field(default_factory=set)
    pending: set["asyncio.Task[Any]"] = field(default_factory=set)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Everything stands as here; nobody is connected, nothing is under way."""
        return type(self)(**{name: copy.deepcopy(getattr(self, name), memo) for name in LASTING})

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
        """Ends what is still under way."""
        self.is_open = False
        tasks = self.running | self.pending
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Returns once nothing that the sandbox started is under way to the bot."""
        while self.running:
            await asyncio.wait(self.running)
