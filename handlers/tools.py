"""The bag that the composition root fills; it never enters bot/."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import structlog

from bot.allowances import Allowances, Misses
from bot.delivery import Courier
from bot.digest import Editor
from bot.efforts import Surveyor
from bot.guarded_http import Guarded
from bot.herald import Herald
from bot.home.drawing import Homes
from bot.installing import Installer
from bot.membership import Doorkeeper
from bot.retention import Keeper
from bot.settings import Settings
from bot.vault import Vault
from bot.workspaces import Clients
from bot.writing import Writer
from handlers.metrics import Metrics
from handlers.seldom import Silence
from handlers.wall_clock import utc_now
from storage.engine import Sessions
from storage.errors import DatabaseAway

log = structlog.get_logger()


class Afterwards:
    """What is done after an answer was given: kept track of, so that a stop can wait for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[Any, Any, object]) -> None:
        """Start the work; a failure is logged, for nobody waits for it."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def done(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def cut_short(self) -> int:
        """End what is still under way; how much that was."""
        left = set(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _run(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except DatabaseAway as error:
            log.warning("work after an answer waits for the database", exc_info=error)  # the outbox has it
        except Exception:
            log.exception("work after an answer failed")


@dataclass(frozen=True)
class Tools:
    """What listeners, routes and jobs work with."""

    settings: Settings
    sessions: Sessions
    slack: Clients
    http: httpx.AsyncClient
    doorkeeper: Doorkeeper
    courier: Courier
    digests: Editor
    surveyor: Surveyor
    homes: Homes
    writer: Writer
    keeper: Keeper
    vault: Vault
    guard: Guarded  # what webhooks' addresses are checked by
    herald: Herald
    allowances: Allowances
    misses: Misses
    metrics: Metrics
    silence: Silence
    installer: Installer | None = None  # where any workspace may install the app
    now: Callable[[], datetime] = utc_now
    afterwards: Afterwards = field(default_factory=Afterwards)
    draining: asyncio.Event = field(default_factory=asyncio.Event)  # set: this process is about to stop
    hurrying: asyncio.Event = field(default_factory=asyncio.Event)  # set: and waits for nothing
