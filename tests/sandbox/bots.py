"""A small bot that is right: a real Bolt app that posts a card, takes approvals and edits, and reports once a day."""

import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.workspace import BOT_ID, BOT_USER_ID, OTHER_TEAM_ID, TEAM_ID
from tests.sandbox import bot_screens as screens
from tests.sandbox.bot_installing import Installing
from tests.sandbox.bot_posting import CHANNEL, Disk, Post
from tests.sandbox.callers import Json

REVIEWER = "U0ANA"
SAVED = "Saved: approved as is."
NOT_YOURS = "Only Ana reviews this draft. Nothing was saved."
CHANGED = "The draft changed while you wrote. Your text is still here."
Next = Callable[[], Awaitable[Any]]


class Identity(AsyncAuthorize):
    """Who the bot is in a workspace, as it is stored: Slack is asked nothing before the first click is answered."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.tokens = tokens

    async def __call__(self, *, team_id: str | None, **_more: Any) -> AuthorizeResult:
        token = self.tokens[team_id or TEAM_ID]
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_token=token, bot_id=BOT_ID, bot_user_id=BOT_USER_ID
        )


class Bot(Installing):
    """A real Bolt app. Where a process of it is slow, `slow_work` says so."""

    answers_when_done = True

    def __init__(self, box: Sandbox, session: aiohttp.ClientSession, disk: Disk) -> None:
        super().__init__(box, session, disk)
        self.app = self.made()
        self.app.use(self.intake)
        self.app.action("draft:approve")(self.approved)
        self.app.action("draft:edit")(self.edited)
        self.app.action("draft:newest")(self.newest)
        self.app.view("draft:save")(self.saved)
        self.app.event("member_joined_channel")(self.heard)

    def made(self) -> AsyncApp:
        return AsyncApp(
            name="bot",
            client=AsyncWebClient(base_url=self.box.api_url, session=self.session),
            signing_secret=self.box.app.signing_secret,
            authorize=Identity(self.disk.tokens),
            process_before_response=self.answers_when_done,
        )

    async def starts(self) -> None:
        self.soon(self.welcomes())

    # The card

    async def posts(self) -> None:
        """The card, and what does not fit on it in its thread."""
        first, *rest = self.card_parts()
        card = Post("card", "A draft", self.card(first))
        more = [Post(f"more:{n}", "More", screens.words(part, f"more:{n}")) for n, part in enumerate(rest)]
        self.disk.outbox.append(card)
        for post in more:
            post.parent = card
            self.disk.outbox.append(post)
        await self.works()

    def card_parts(self) -> list[str]:
        return screens.split(self.disk.draft, screens.MESSAGE_PART)

    def card(self, shown: str) -> list[Json]:
        words = [*self.customers_words(), *self.drafts_words(shown)]
        return [*words, *screens.link(self.disk.ticket), screens.buttons(self.button_value())]

    def customers_words(self) -> list[Json]:
        """Plain text, in which nothing is interpreted."""
        return screens.words(self.disk.customer, "customer")

    def drafts_words(self, shown: str) -> list[Json]:
        return screens.words(shown, "draft")

    def button_value(self) -> str:
        return "1"

    def may(self, user: str) -> bool:
        return user == REVIEWER

    def is_new(self, press: str) -> bool:
        taken = self.memory()
        new = press not in taken
        taken.add(press)
        return new

    def memory(self) -> set[str]:
        return self.disk.taken

    async def approved(self, ack: AsyncAck, body: Json) -> None:
        press = f"{body['user']['id']}:{body['container']['message_ts']}:{body['actions'][0]['action_ts']}"
        await ack()
        if not self.may(body["user"]["id"]):
            await self.tells(body["user"]["id"], NOT_YOURS)
        elif self.is_new(press):
            await self.tells(body["user"]["id"], SAVED)
            self.soon(self.redraws(body))

    async def tells(self, user: str, words: str) -> None:
        await self.client().chat_postEphemeral(channel=CHANNEL, user=user, text=words)

    async def redraws(self, body: Json) -> None:
        await self.slow_work()
        name, ts = f"Approved by {body['user']['name']}.", body["container"]["message_ts"]
        try:
            await self.client().chat_update(channel=CHANNEL, ts=ts, text=name, blocks=self.done_card(body, name))
        except SlackApiError:
            return

    def done_card(self, _body: Json, done: str) -> list[Json]:
        """From what is stored, never from what Slack sends along."""
        return [*self.card(self.card_parts()[0])[:-1], screens.line(done)]

    # The modal

    async def edited(self, ack: AsyncAck, body: Json) -> None:
        await self.client().views_open(trigger_id=body["trigger_id"], view=self.view())
        await ack()

    async def newest(self, ack: AsyncAck, body: Json) -> None:
        """Shows the draft as it is now."""
        view = body["view"]
        await self.client().views_update(view_id=view["id"], hash=view["hash"], view=self.view())
        await ack()

    def view(self) -> Json:
        inputs = [screens.reply(self.field_id(n), self.element(part)) for n, part in enumerate(self.parts())]
        return screens.edit(inputs, self.why(), private_metadata=self.memo())

    def memo(self) -> str:
        """Ids only."""
        return str(self.disk.revision)

    def parts(self) -> list[str]:
        """Shorter than a field may be: there is room to write."""
        return screens.split(self.disk.draft, screens.FIELD_PART)

    def field_id(self, number: int) -> str:
        """Another revision is another field."""
        return f"reply:{self.disk.revision}:{number}"

    def element(self, part: str) -> Json:
        return {"type": "plain_text_input", "multiline": True, "initial_value": part}

    def why(self) -> Json:
        return screens.reasons(self.choosing(), self.disk.reasons)

    def choosing(self) -> str:
        """More options than checkboxes may have, which the SDK does not say, need a menu."""
        return "multi_static_select" if self.disk.reasons > screens.CHECKBOXES else "checkboxes"

    async def saved(self, ack: AsyncAck, body: Json, view: Json) -> None:
        fields = [block["block_id"] for block in view["blocks"] if block["block_id"].startswith("reply:")]
        if self.is_stale(view):
            await ack(response_action="errors", errors={fields[0]: CHANGED})
            return
        state = view["state"]["values"]
        values = [state.get(field, {}).get("text", {}).get("value") for field in fields]
        text = "".join(map(self.written, values, self.parts()))
        await ack()
        same = self.normal(text) == self.normal(self.disk.draft)
        await self.tells(body["user"]["id"], SAVED if same else f"Saved: edited, {len(text)} characters.")

    def is_stale(self, view: Json) -> bool:
        return bool(view["private_metadata"] != str(self.disk.revision))

    def written(self, value: str | None, part: str) -> str:
        """A field that Slack does not tell is one that nobody changed."""
        return part if value is None else value

    def normal(self, text: str) -> str:
        """What two texts have in common that differ in nothing a reader sees."""
        return "\n".join(line.rstrip() for line in unicodedata.normalize("NFC", text).splitlines()).strip()

    # Who joins

    async def intake(self, body: Json, request: AsyncBoltRequest, next: Next) -> BoltResponse | None:  # noqa: ARG002
        """Events are stored before they are acknowledged; where they cannot be, Slack sends them again."""
        if body.get("type") == "event_callback":
            self.stores(body["team_id"], body["event"]["user"])
        await next()
        return None

    def stores(self, team: str, newcomer: str) -> None:
        if self.disk.away:
            self.disk.away = False
            raise ConnectionError("The database is away.")
        self.disk.newcomers.append((team, newcomer))

    async def heard(self, body: Json) -> None:  # noqa: ARG002
        self.soon(self.welcomes())

    async def welcomes(self) -> None:
        await self.slow_work()
        while self.disk.newcomers:
            await self.greets(*self.disk.newcomers.pop())

    async def greets(self, team: str, newcomer: str) -> None:
        try:
            client = await self.speaks_in(team)
            await client.chat_postMessage(channel=CHANNEL, text=f"Welcome, {newcomer}.")
        except SlackApiError:
            return

    # The digest

    async def ticks(self) -> None:
        """Each hour: the digest comes at nine where the channel is."""
        local = datetime.fromtimestamp(self.box.clock.now(), self.zone())
        day = f"digest:{local.date()}"
        if local.hour == screens.DIGEST_HOUR and day not in self.disk.reported:
            self.disk.reported.add(day)
            await self.reports(day)

    def zone(self) -> Any:
        return ZoneInfo(self.disk.zone)

    async def reports(self, day: str) -> None:
        self.disk.outbox.append(Post(day, self.figures(), self.digest_blocks()))
        await self.works()

    def digest_blocks(self) -> list[Any]:
        return screens.digest(self.figures(), self.disk.agreed, self.disk.reviewed)

    def figures(self) -> str:
        return f"Agents agreed with {self.disk.agreed} of the {self.disk.reviewed} drafts that they reviewed."


class Host:
    """The machine: one port and one disk, on which a process can be killed, stopped and started."""

    def __init__(self, box: Sandbox, session: aiohttp.ClientSession, kind: type[Bot]) -> None:
        self.box, self.session, self.kind, self.url = box, session, kind, ""
        self.disk = Disk({OTHER_TEAM_ID: "xoxb-of-another-workspace", TEAM_ID: box.app.bot_token})
        self.bot = kind(box, session, self.disk)

    async def kills(self) -> None:
        """The process ends in the midst of its work, and another one starts."""
        self.bot.dies()
        self.bot = self.kind(self.box, self.session, self.disk)
        await self.bot.starts()

    async def stops(self) -> None:
        """The process is told to end, as at a deploy."""
        await self.bot.drains()
        self.bot.dies()

    async def lets_in(self, _request: web.Request) -> web.StreamResponse:
        return self.bot.sends_off()

    async def comes_back(self, request: web.Request) -> web.StreamResponse:
        return await self.bot.comes_back(request)

    async def takes(self, request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await self.bot.app.async_dispatch(await to_bolt_request(request)))


@asynccontextmanager
async def running(box: Sandbox, kind: type[Bot] = Bot) -> AsyncIterator[Host]:
    """The bot behind a port of its own, known to the sandbox."""
    async with aiohttp.ClientSession() as session:
        host = Host(box, session, kind)
        server = web.Application()
        server.router.add_post("/slack/events", host.takes)
        server.router.add_get("/slack/install", host.lets_in)
        server.router.add_get("/slack/oauth_redirect", host.comes_back)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        box.app.request_url, box.app.redirect_urls = f"{host.url}/slack/events", {f"{host.url}/slack/oauth_redirect"}
        try:
            yield host
        finally:
            host.bot.goes_on()
            await runner.cleanup()
