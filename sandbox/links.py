"""The WebSockets of Socket Mode: who is connected, and which envelopes wait for their acknowledgement."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.numbers import Numbers
from sandbox.refusals import Json

MOST = 10  # for an app, over all workspaces (docs.slack.dev/apis/events-api/using-socket-mode; bolt-python #1071)


@dataclass(eq=False)
class Link:
    """One connection of the app. `leaving`: it was told to go and gets nothing more, but may still acknowledge."""

    number: int
    request: web.Request
    ws: web.WebSocketResponse
    waiting: dict[str, "asyncio.Future[Json | None]"] = field(default_factory=dict)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False
    loses_next: bool = False
    dropped: bool = False
    pings: int = 0
    pongs: int = 0

    @property
    def is_open(self) -> bool:
        return not self.dropped and self.request.transport is not None and not self.ws.closed

    def shown(self) -> Json:
        return {
            "link": self.number,
            "frozen": not self.thawed.is_set(),
            "leaving": self.leaving,
            "waiting": len(self.waiting),
            "pings": self.pings,
            "pongs": self.pongs,
        }

    def expect(self, envelope_id: str) -> "asyncio.Future[Json | None]":
        """What the app will acknowledge with; None: the connection ended before."""
        self.waiting[envelope_id] = asyncio.get_running_loop().create_future()
        return self.waiting[envelope_id]

    def drop(self) -> None:
        """Ends the connection without a word."""
        self.dropped = True
        self.thawed.set()
        if self.request.transport:
            self.request.transport.abort()
        for future in self.waiting.values():
            if not future.done():
                future.set_result(None)


@dataclass
class Links:
    """Addresses are good for one connection. Envelopes go to the open connections in turn."""

    tickets: set[str] = field(default_factory=set)
    joined: list[Link] = field(default_factory=list)
    numbers: Numbers = field(default_factory=Numbers)
    sent: int = 0

    def join(self, request: web.Request, ws: web.WebSocketResponse) -> Link:
        link = Link(next(self.numbers), request, ws)
        link.thawed.set()
        self.joined.append(link)
        return link

    def leave(self, link: Link) -> None:
        link.drop()
        self.joined.remove(link)

    def open(self) -> list[Link]:
        return [link for link in self.joined if link.is_open]

    def next(self) -> Link | None:
        """Whose turn it is; those that were told to go are passed over."""
        ready = [link for link in self.open() if not link.leaving]
        self.sent += 1
        return ready[self.sent % len(ready)] if ready else None

    def close(self) -> None:
        for link in self.joined:
            link.drop()
