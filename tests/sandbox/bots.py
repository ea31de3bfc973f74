"""Small real bots on slack-bolt and aiohttp: one that is right, and others that make one mistake each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.sandbox.callers import Json, actions, button

CARD = [
    {"type": "section", "block_id": "draft:1", "text": {"type": "mrkdwn", "text": "Hello, I am sorry."}},
    actions(button("Approve", value="1"), block_id="a:1"),
]
SAVED = "Saved: approved as is."
Build = Callable[[AsyncApp], None]


class Bot:
    """`posts` sends one card; `work` is what the slow bot waits for."""

    def __init__(self, box: Sandbox, client: AsyncWebClient) -> None:
        self.box = box
        self.client = client
        self.work = asyncio.Event()
        self.app = AsyncApp(
            client=client,
            token=box.app.bot_token,
            signing_secret=box.app.signing_secret,
            process_before_response=True,
        )
        self.app.action("draft:approve")(self.approved)

    async def posts(self) -> None:
        """Sends a card; where Slack's answer is lost, looks for the card before it is sent again."""
        metadata = {"event_type": "draft_card", "event_payload": {"delivery_id": "d1"}}
        try:
            await self.client.chat_postMessage(channel="C0SUPPORT", text="A draft", blocks=CARD, metadata=metadata)
        except aiohttp.ClientError:
            if not await self.posted_already():
                await self.client.chat_postMessage(channel="C0SUPPORT", text="A draft", blocks=CARD, metadata=metadata)

    async def posted_already(self) -> bool:
        found = await self.client.conversations_history(channel="C0SUPPORT", limit=15, include_all_metadata=True)
        known = [message.get("metadata", {}).get("event_payload", {}) for message in found["messages"]]
        return any(payload.get("delivery_id") == "d1" for payload in known)

    async def approved(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        await self.client.chat_postEphemeral(channel="C0SUPPORT", user=body["user"]["id"], text=SAVED)


class SlowBot(Bot):
    """Works before it acknowledges."""

    async def approved(self, ack: AsyncAck, body: Json) -> None:
        await self.work.wait()
        await super().approved(ack, body)


@asynccontextmanager
async def running(box: Sandbox, kind: type[Bot] = Bot, *, default_client: bool = False) -> AsyncIterator[Bot]:
    """`default_client`: the SDK's own retries are left on."""
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(box.app.bot_token, base_url=box.api_url, session=session)
        if not default_client:
            client = AsyncWebClient(box.app.bot_token, base_url=box.api_url, session=session, retry_handlers=[])
        bot = kind(box, client)

        async def events(request: web.Request) -> web.StreamResponse:
            return await to_aiohttp_response(await bot.app.async_dispatch(await to_bolt_request(request)))

        server = web.Application()
        server.router.add_post("/slack/events", events)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        box.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield bot
        finally:
            bot.work.set()
            await runner.cleanup()
