"""The end of a process, in an order in which nothing that was promised is lost.

First it says that it is not ready and goes on as before, until whoever balances has noticed. Then it takes no more
requests, answers those that it has, finishes what follows from them, and stops its own work; each with a deadline.
"""

import asyncio
import signal
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiohttp import web

from handlers.clock import Timetable
from handlers.slack.socket import Socket
from handlers.tools import Tools
from storage.errors import DatabaseAway

ANSWERING = 5  # seconds for requests that are under way; Slack waits for three
FINISHING = 5.0  # for what follows from an answer: notes, cards
WORKING = 5.0  # for jobs of the clock: a post that is under way
log = structlog.get_logger()


@dataclass
class Signals:
    """The first signal asks to stop, the second one to hurry. Ctrl-C means that somebody waits: nothing is drained."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    again: asyncio.Event = field(default_factory=asyncio.Event)
    patient: bool = True

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.take, sign)

    def take(self, sign: signal.Signals) -> None:
        log.info("asked to stop", signal=sign.name)
        if self.asked.is_set():
            self.again.set()
        self.patient = self.patient and sign is not signal.SIGINT
        self.asked.set()

    async def unless_asked(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for the work until a stop is asked for. Raises what the work raises."""
        working, stop = asyncio.create_task(work), asyncio.create_task(self.asked.wait())
        try:
            await asyncio.wait([working, stop], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for one in (working, stop):
                one.cancel()
            await asyncio.gather(working, stop, return_exceptions=True)

    async def drain(self, tools: Tools) -> None:
        """Wait for the signal; then say that this process is not ready, and go on for as long as is set."""
        await self.asked.wait()
        tools.draining.set()
        tools.metrics.drains()
        seconds = tools.settings.drain_seconds if self.patient else 0.0
        log.info("draining", seconds=seconds)
        await _within(seconds, asyncio.sleep(seconds), self.again)


async def stop(tools: Tools, runner: web.AppRunner, socket: Socket | None, timetable: Timetable | None) -> None:
    """Take no more, then finish what was promised."""
    tools.draining.set()
    if socket is not None:
        await socket.stop()
    await runner.cleanup()
    await _within(FINISHING, tools.afterwards.done(), tools.hurrying)
    await tools.writer.stop()
    await tools.herald.stop()
    try:
        # Before its ticks are called off in the middle of a post: what was under way is looked for by whoever goes on.
        await tools.courier.stop()
    except DatabaseAway as error:
        log.warning("posts that were under way are looked for in two minutes", exc_info=error)
    left = await timetable.stop(0.0 if tools.hurrying.is_set() else WORKING) if timetable is not None else 0
    left += await tools.afterwards.cut_short()
    if left:
        log.warning("stopped before everything was done", left=left)
    log.info("stopped")


async def _within(seconds: float, work: Coroutine[Any, Any, object], hurry: asyncio.Event) -> None:
    """Wait for the work, but no longer than this, and not once there is a hurry."""
    waits = [asyncio.create_task(work), asyncio.create_task(hurry.wait())]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
