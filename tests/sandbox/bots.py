"""Small real bots on slack-bolt and aiohttp: one that is right, and others that make one mistake each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.sandbox.callers import Json, actions, button, field, modal

DRAFT = "Hello, I am sorry about the double charge. " * 80
CUSTOMER = "I was charged twice <!channel>"
BUTTONS = actions(button("Approve", value="1"), button("Edit", "draft:edit", value="1"), block_id="a:1")
METADATA = {"event_type": "draft_card", "event_payload": {"delivery_id": "d1"}}
SAVED = "Saved: approved as is."
Next = Callable[[], Awaitable[Any]]


class Bot:
    """Posts one card, takes approvals and edits, remembers who joined. `work` is what the slow bot waits for."""

    def __init__(self, box: Sandbox, client: AsyncWebClient) -> None:
        self.box = box
        self.client = client
        self.work = asyncio.Event()
        self.database_away = False
        self.joined: list[str] = []
        self.app = AsyncApp(client=client, signing_secret=box.app.signing_secret, process_before_response=True)
        self.app.use(self.intake)
        self.app.action("draft:approve")(self.approved)
        self.app.action("draft:edit")(self.edited)
        self.app.event("member_joined_channel")(self.heard)

    async def posts(self) -> None:
        """Where Slack's answer is lost, the card is looked for before it is sent again."""
        try:
            await self._post()
        except aiohttp.ClientError:
            if not await self._posted_already():
                await self._post()

    async def _post(self) -> None:
        await self.client.chat_postMessage(channel="C0SUPPORT", text="A draft", blocks=self.card(), metadata=METADATA)

    def card(self) -> list[Json]:
        """The customer's words are plain text, in which nothing is interpreted."""
        words = {"type": "plain_text", "text": CUSTOMER}
        return [{"type": "section", "block_id": "draft:1", "text": words}, BUTTONS]

    async def _posted_already(self) -> bool:
        found = await self.client.conversations_history(channel="C0SUPPORT", include_all_metadata=True)
        known = [message.get("metadata", {}).get("event_payload", {}) for message in found["messages"]]
        return any(payload.get("delivery_id") == "d1" for payload in known)

    async def approved(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        await self.client.chat_postEphemeral(channel="C0SUPPORT", user=body["user"]["id"], text=SAVED)

    async def edited(self, ack: AsyncAck, body: Json) -> None:
        await self.client.views_open(trigger_id=body["trigger_id"], view=self.view())
        await ack()

    def view(self) -> Json:
        """The view carries the id of the draft, never the draft."""
        typed = {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": DRAFT[:2_400]}
        return modal(field("Reply", typed), private_metadata="1")

    async def intake(self, body: Json, request: AsyncBoltRequest, next: Next) -> BoltResponse | None:  # noqa: ARG002
        """Events are stored before they are acknowledged; where they cannot be, Slack sends them again."""
        if body.get("type") == "event_callback":
            if self.database_away:
                self.database_away = False
                return BoltResponse(status=500)
            self.joined.append(body["event"]["user"])
        await next()
        return None

    async def heard(self) -> None:
        """Stored already."""


class DefaultClientBot(Bot):
    """Leaves the SDK's own second attempt on."""

    def __init__(self, box: Sandbox, client: AsyncWebClient) -> None:
        again = AsyncWebClient(client.token, base_url=client.base_url, session=client.session)
        super().__init__(box, again)


class SlowBot(Bot):
    """Works before it acknowledges."""

    async def approved(self, ack: AsyncAck, body: Json) -> None:
        await self.work.wait()
        await super().approved(ack, body)


class PackingBot(Bot):
    """Carries the whole draft in the view's private_metadata."""

    def view(self) -> Json:
        return {**super().view(), "private_metadata": DRAFT}


class LateBot(Bot):
    """Asks a model before it opens the modal, which takes four seconds of the sandbox's clock."""

    async def edited(self, ack: AsyncAck, body: Json) -> None:
        self.box.clock.advance(4)
        await super().edited(ack, body)


class EchoingBot(Bot):
    """Shows the customer's words as mark-up."""

    def card(self) -> list[Json]:
        words = {"type": "mrkdwn", "text": CUSTOMER}
        return [{"type": "section", "block_id": "draft:1", "text": words}, BUTTONS]


class ForgetfulBot(Bot):
    """Takes every retry for a repetition."""

    async def intake(self, body: Json, request: AsyncBoltRequest, next: Next) -> BoltResponse | None:
        if "x-slack-retry-num" in request.headers:
            return BoltResponse(status=200)
        return await super().intake(body, request, next)


@asynccontextmanager
async def running(box: Sandbox, kind: type[Bot] = Bot) -> AsyncIterator[Bot]:
    """The bot behind a port of its own, known to the sandbox."""
    async with aiohttp.ClientSession() as session:
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
