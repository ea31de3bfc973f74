"""A receiver of webhooks for tests: a real server on loopback that answers as it is told to, and checks signatures."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Receiver:
    """What came, and what is answered: `plan` first, then `usual`."""

    url: str = ""
    usual: int = 204
    plan: deque[web.Response] = field(default_factory=deque)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    held: deque[asyncio.Event] = field(default_factory=deque)  # one for each of the next: it is answered then
    silent: bool = False  # takes what comes and never answers
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.came]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one["data"] for one in self.told if one["type"] == kind]

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.came.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        self.arrived.set()
        if self.silent:
            await asyncio.Event().wait()
        if self.held:
            await self.held.popleft().wait()
        return self.plan.popleft() if self.plan else web.Response(status=self.usual)


@asynccontextmanager
async def receiver(made: Receiver | None = None) -> AsyncIterator[Receiver]:
    """A receiver for as long as the block runs."""
    made, app = made or Receiver(), web.Application()
    app.router.add_post("/{path:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield made
    finally:
        await runner.cleanup()
