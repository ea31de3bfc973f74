"""A workspace with a small real bot in it, for the tests of the page."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.faults.waits import within

LONG_WORD = "Donaudampfschifffahrtsgesellschaft" * 6
Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def button(words: str, action_id: str, **more: str) -> Block:
    return {"type": "button", "action_id": action_id, "value": "D1", "text": plain(words), **more}


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


CARD = [
    section("*Refund question* · Billing › refund"),
    section("*Customer*\n> I was charged twice."),
    {"type": "markdown", "text": f"I'm sorry about the **double charge**. {LONG_WORD}"},
    {
        "type": "actions",
        "elements": [button("Approve", "draft:approve", style="primary"), button("Edit", "draft:edit")],
    },
]
TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": f"{word} {row}"} for word in ("Question", "Measure", "Value", "Interval", "n")]
        for row in range(3)
    ],
}
EDIT = {
    "type": "modal",
    "callback_id": "draft:edit",
    "title": plain("Edit the reply"),
    "submit": plain("Save"),
    "blocks": [
        section("*Customer*\n> I was charged twice."),
        {
            "type": "input",
            "block_id": "reply",
            "label": plain("Reply"),
            "element": {
                "type": "plain_text_input",
                "action_id": "text",
                "multiline": True,
                "initial_value": "I'm sorry.",
            },
        },
    ],
}

TOPICS = ["Billing", "Billing › Refund", "Shipping"]
SEARCH = {"type": "external_select", "action_id": "topic", "placeholder": plain("Find a topic"), "min_query_length": 2}
HOME = {
    "type": "home",
    "blocks": [
        section("*12 drafts wait*"),
        section(LONG_WORD),
        {"type": "actions", "elements": [button("Settle", "settle"), SEARCH]},
    ],
}
PICK = {
    "type": "modal",
    "callback_id": "pick",
    "title": plain("Pick a topic"),
    "submit": plain("Save"),
    "blocks": [{"type": "input", "block_id": "t", "label": plain("Topic"), "element": SEARCH}],
}


@dataclass
class Office:
    """A workspace with one channel, two agents and a bot that posts cards."""

    box: Sandbox
    client: AsyncWebClient
    channel: str
    ana: str
    bea: str
    seen: list[str] = field(default_factory=list)

    async def post(self, text: str, blocks: list[Block] | None = None, thread_ts: str | None = None) -> str:
        where = {"channel": self.channel, "thread_ts": thread_ts}
        answer = await self.client.api_call("chat.postMessage", json={**where, "text": text, "blocks": blocks or []})
        return str(answer["ts"])

    def address(self, user: str) -> str:
        return f"{self.box.url}/?user={user}&channel={self.channel}"

    async def hears(self, *words: str) -> None:
        """The app was told just this, or is within seconds: some things the page shows before."""

        async def told() -> bool:
            return self.seen == [*words]

        assert await within(5, told, every=0.01), self.seen


def listeners(bolt: AsyncApp, seen: list[str]) -> None:
    @bolt.action("draft:approve")
    async def approve(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        seen.append(f"approved by {body['user']['name']}")
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**where, text="done", blocks=[section("✓ Refund question · done")])
        note = "Saved: approved as is."
        await client.chat_postEphemeral(channel=where["channel"], user=body["user"]["id"], text=note)

    @bolt.action("draft:edit")
    async def edit(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=EDIT)
        await ack()

    @bolt.view("draft:edit")
    async def save(ack: Any, view: Any) -> None:
        text = view["state"]["values"]["reply"]["text"]["value"]
        seen.append(text)
        if "4111" in text:
            await ack(response_action="errors", errors={"reply": "This looks like a card number."})
        else:
            await ack()


def app_listeners(bolt: AsyncApp, seen: list[str]) -> None:
    """The app beside its cards: its Home, its shortcuts, a modal with a field that searches."""
    home_listeners(bolt)
    topic_listeners(bolt, seen)
    shortcut_listeners(bolt, seen)


def home_listeners(bolt: AsyncApp) -> None:
    @bolt.event("app_home_opened")
    async def opened(event: Any, client: AsyncWebClient) -> None:
        if event["tab"] == "home":
            await client.views_publish(user_id=event["user"], view=HOME)

    @bolt.action("settle")
    async def settle(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=PICK)
        await ack()


def topic_listeners(bolt: AsyncApp, seen: list[str]) -> None:
    @bolt.options("topic")
    async def find(ack: Any, payload: Any) -> None:
        found = [topic for topic in TOPICS if payload["value"].lower() in topic.lower()]
        await ack(options=[{"text": plain(topic), "value": topic.lower()} for topic in found])

    @bolt.action("topic")
    async def choose(ack: Any, payload: Any) -> None:
        seen.append(f"chose {payload['selected_option']['text']['text']}")
        await ack()

    @bolt.view("pick")
    async def save(ack: Any, view: Any) -> None:
        seen.append(f"saved {view['state']['values']['t']['topic']['selected_option']['text']['text']}")
        await ack()


def shortcut_listeners(bolt: AsyncApp, seen: list[str]) -> None:
    @bolt.shortcut("assay_draft")
    async def draft(ack: Any, body: Any) -> None:
        seen.append(f"draft for {body['message']['text']}")
        await ack()

    @bolt.shortcut("assay_next")
    async def review(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=PICK)
        await ack()


async def served(bolt: AsyncApp) -> web.AppRunner:
    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner
