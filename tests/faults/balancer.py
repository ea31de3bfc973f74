"""Stands before the replicas as an operator's load balancer does: each request to the next one that takes it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Generic, Protocol, TypeVar

import aiohttp
from aiohttp import web

PASSED_ON = ("Content-Type", "Retry-After", "X-Slack-No-Retry", "Location", "X-Next-After", "X-Resume-After")


class Backend(Protocol):
    """What takes requests."""

    @property
    def url(self) -> str: ...


B = TypeVar("B", bound=Backend)


@dataclass(eq=False)
class Held(Generic[B]):
    """The next answer to Slack that arrives here is kept: the bot has given it, Slack never gets it."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    replica: B | None = None
    request: bytes = b""
    answer: bytes = b""
    status: int = 0


@dataclass(eq=False)
class Balancer(Generic[B]):
    """`url` is what Slack and the helpdesk call.

    What only reads is sent again where a connection ends before an answer, as load balancers do: `again` counts that by
    path, for the bot has then been asked more often than whoever asked.
    """

    replicas: list[B] = field(default_factory=list)
    again: "Counter[str]" = field(default_factory=Counter)
    url: str = ""
    held: Held[B] | None = None
    session: aiohttp.ClientSession | None = None
    _turn: int = 0

    def holds_next(self) -> Held[B]:
        self.held = Held()
        return self.held

    async def take(self, request: web.Request) -> web.StreamResponse:
        sent = Counter[str]()
        try:
            return await self._taken(request, await request.read(), sent)
        finally:
            self.again[request.path] += max(sent.total() - 1, 0)

    async def _taken(self, request: web.Request, body: bytes, sent: "Counter[str]") -> web.StreamResponse:
        for replica in self._in_turn():
            try:
                return await self._asked(request, replica, body, sent)
            except aiohttp.ClientConnectorError:
                continue  # it never heard of the request
            except (aiohttp.ClientError, OSError):
                return broken(request)
        return web.Response(status=503, text="No replica takes requests.")

    async def _asked(self, request: web.Request, replica: B, body: bytes, sent: "Counter[str]") -> web.StreamResponse:
        assert self.session is not None
        headers = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
        where = f"{replica.url}{request.path_qs}"
        async with self.session.request(
            request.method, where, data=body, headers=headers, trace_request_ctx=sent
        ) as answer:
            said = await answer.read()
        kept = self._kept(request, replica)
        if kept is not None:
            kept.request, kept.answer, kept.status = body, said, answer.status
            kept.arrived.set()
            await kept.released.wait()
            return broken(request)
        passed = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
        return web.Response(status=answer.status, body=said, headers=passed)

    def _kept(self, request: web.Request, replica: B) -> Held[B] | None:
        if self.held is None or self.held.replica is not None or request.path != "/slack/events":
            return None
        self.held.replica = replica
        return self.held

    def _in_turn(self) -> Iterator[B]:
        self._turn += 1
        for place in range(len(self.replicas)):
            yield self.replicas[(self._turn + place) % len(self.replicas)]


def broken(request: web.Request) -> web.StreamResponse:
    """The caller's connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _sent(_: object, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx["sent"] += 1


@asynccontextmanager
async def balancing() -> AsyncIterator[Balancer[Any]]:
    made = Balancer[Any]()
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False)
    await runner.setup()
    watch = aiohttp.TraceConfig()
    watch.on_request_headers_sent.append(_sent)
    async with aiohttp.ClientSession(auto_decompress=False, trace_configs=[watch]) as made.session:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield made
        finally:
            await runner.cleanup()
