"""What a small bot keeps on its disk, does on its own, and how it posts."""

import asyncio
import math
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.workspace import TEAM_ID
from tests.sandbox.callers import Json

CHANNEL = "C0SUPPORT"


@dataclass(eq=False)
class Post:
    """A message on its way. `due` is when it is tried next; `looks`: how often it was looked for, None: no need."""

    delivery: str
    text: str
    blocks: list[Json]
    parent: "Post | None" = None
    ts: str | None = None
    due: float = 0.0
    looks: int | None = None


@dataclass(frozen=True)
class Renewal:
    """What a workspace's token is renewed with, and when it ends."""

    refresh_token: str
    ends: float


@dataclass
class Disk:
    """What is left of a bot when its process ends. `away`: the next write fails."""

    tokens: dict[str, str]
    customer: str = "I was charged twice <!channel>"
    draft: str = "Hello, I am sorry about the double charge."
    ticket: str = ""
    reasons: int = 3
    revision: int = 1
    outbox: list[Post] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    newcomers: list[tuple[str, str]] = field(default_factory=list)  # a workspace and who joined there
    agreed: int = 1
    reviewed: int = 2
    posted: int = 40
    zone: str = "Europe/Berlin"
    reported: set[str] = field(default_factory=set)
    away: bool = False
    states: set[str] = field(default_factory=set)
    renewals: dict[str, Renewal] = field(default_factory=dict)
    row_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Process:
    """`holds` stops slow work (a model, say) until `goes_on`; when the process dies, that dies with it."""

    def __init__(self) -> None:
        self.gate: asyncio.Future[None] | None = None
        self.under_way: set[asyncio.Task[None]] = set()

    def holds(self) -> None:
        self.gate = asyncio.get_running_loop().create_future()

    def goes_on(self) -> None:
        if self.gate and not self.gate.done():
            self.gate.set_result(None)

    def dies(self) -> None:
        if self.gate:
            self.gate.cancel()

    async def slow_work(self) -> None:
        if self.gate:
            await self.gate

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def drains(self) -> None:
        """What was promised is done before the process ends."""
        await asyncio.gather(*self.under_way)


class Posting(Process):
    """An outbox: where Slack's answer was lost, the message is looked for before it is sent again."""

    pauses: tuple[float, ...] = (5.0, 60.0)

    def __init__(self, box: Sandbox, session: aiohttp.ClientSession, disk: Disk) -> None:
        super().__init__()
        self.box, self.session, self.disk = box, session, disk

    def client(self, team: str = TEAM_ID) -> AsyncWebClient:
        """With the token of this workspace, and without the SDK's own second attempt."""
        token = self.disk.tokens[team]
        return AsyncWebClient(token, base_url=self.box.api_url, session=self.session, retry_handlers=[])

    async def works(self) -> None:
        """Once a second or so: sends what waits and is due."""
        for post in self.disk.outbox:
            if post.ts is None and post.due <= self.box.clock.now():
                await self.delivers(post)

    async def delivers(self, post: Post) -> None:
        if post.looks is not None and await self.settled(post):
            return
        try:
            post.ts = await self.sends(post)
        except aiohttp.ClientError:
            post.looks, post.due = 0, self.box.clock.now() + self.pauses[0]
        except SlackApiError as refused:
            wait = refused.response.headers.get("Retry-After")
            post.due = self.box.clock.now() + float(wait) if wait else math.inf

    async def settled(self, post: Post) -> bool:
        """Found, or to be looked for once more; the history lags behind."""
        post.ts = await self.found(post.delivery)
        post.looks = (post.looks or 0) + 1
        if post.ts is None and post.looks < len(self.pauses):
            post.due = self.box.clock.now() + self.pauses[post.looks]
            return True
        return post.ts is not None

    async def sends(self, post: Post) -> str:
        metadata = {"event_type": "draft_card", "event_payload": {"delivery_id": post.delivery}}
        answer = await self.client().chat_postMessage(
            channel=CHANNEL,
            text=post.text,
            blocks=post.blocks,
            metadata=metadata,
            thread_ts=post.parent.ts if post.parent else None,
            **self.no_previews(),
            **self.extras(post),
        )
        return str(answer["ts"])

    def no_previews(self) -> Json:
        return {"unfurl_links": False, "unfurl_media": False}

    def extras(self, _post: Post) -> Json:
        return {}

    async def found(self, delivery: str) -> str | None:
        read = await self.client().conversations_history(channel=CHANNEL, **self.reading())
        for message in read["messages"]:
            if message.get("metadata", {}).get("event_payload", {}).get("delivery_id") == delivery:
                return str(message["ts"])
        return None

    def reading(self) -> Json:
        return {"include_all_metadata": True}
