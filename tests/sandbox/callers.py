"""What stands on the other side of the sandbox in its tests: a caller of the Web API, and a bot that listens."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs

import httpx
from aiohttp import web

Json = dict[str, Any]
NOON = 1_795_262_400.0  # 2026-11-21 12:00 UTC


@dataclass
class Api:
    http: httpx.AsyncClient
    token: str

    async def __call__(self, method: str, **args: Any) -> Json:
        answer: Json = (await self.raw(method, **args)).json()
        return answer

    async def raw(self, method: str, **args: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.post(f"/api/{method}", json=args, headers=headers)

    async def posts(self, blocks: list[Json] | None = None, **more: Any) -> str:
        """The timestamp of a message in #support."""
        answer = await self(
            "chat.postMessage", **{"channel": "C0SUPPORT", "text": "A card", "blocks": blocks or [], **more}
        )
        assert answer["ok"], answer
        return str(answer["ts"])


async def asks(http: httpx.AsyncClient, path: str, **body: object) -> Json:
    """An act through the control API, which must succeed."""
    answer = await http.post(f"/control/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@dataclass
class Heard:
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def payload(self) -> Json:
        payload: Json = json.loads(self.form["payload"] if b"payload=" in self.body else self.body)
        return payload


class Listener:
    """Answers every request with what `answer` makes of it; empty 200s unless told otherwise."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.arrivals: asyncio.Queue[Heard] = asyncio.Queue()
        self.answer: Callable[[Heard], web.Response] = lambda _heard: web.Response()
        self.hold: asyncio.Event | None = None
        self.dropping = False
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/slack/events", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        heard = Heard({name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.heard.append(heard)
        self.arrivals.put_nowait(heard)
        if self.dropping and request.transport:
            request.transport.abort()
        if self.hold:
            await self.hold.wait()
        return self.answer(heard)

    @property
    def last(self) -> Json:
        return self.heard[-1].payload


def text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def button(words: str = "Approve", action_id: str = "draft:approve", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": text(words), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def field(label: str = "Reply", element: Json | None = None, **more: Any) -> Json:
    typed = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    return {"type": "input", "block_id": label.lower(), "label": text(label), "element": element or typed, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": text("Edit"), "submit": text("Save"), "blocks": list(blocks), **more}


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}
