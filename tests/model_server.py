"""A model's server for tests: a real one on loopback that answers as it is told to, well or badly."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Behaviour = Callable[[web.Request, Json], Awaitable[web.StreamResponse]]

KEY = "sk-test-Vq7-never-to-be-seen"
REPLY = "Hello, I am sorry. I have refunded the second payment."


class ModelServer:
    """What it was asked, and what it will answer: `plan` first, then `usual`."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Json] = []
        self.keys: list[str | None] = []
        self.plan: deque[Behaviour] = deque()
        self.usual: Behaviour = says(REPLY)
        self.at_once = 0
        self.most_at_once = 0
        self.arrived = asyncio.Event()

    @property
    def settings(self) -> dict[str, object]:
        """What points a bot at it."""
        return {"ASSAY_MODEL_URL": self.url, "ASSAY_MODEL_KEY": KEY, "ASSAY_MODEL_NAME": "support-1"}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization"))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.arrived.set()
        try:
            return await (self.plan.popleft() if self.plan else self.usual)(request, body)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """A server for as long as the block runs."""
    server = ModelServer()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def completion(text: object, **changed: Any) -> Json:
    """An answer as OpenAI's server gives it."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"object": "chat.completion", "model": "support-1-0811", "choices": [choice], "usage": usage, **changed}


def says(text: object, **changed: Any) -> Behaviour:
    return gives(completion(text, **changed))


def gives(body: object) -> Behaviour:
    """Any JSON with 200."""
    return gives_raw(json.dumps(body).encode(), content_type="application/json")


def gives_raw(body: bytes, *, status: int = 200, content_type: str = "text/plain", **headers: str) -> Behaviour:
    async def behave(_request: web.Request, _body: Json) -> web.StreamResponse:
        return web.Response(body=body, status=status, content_type=content_type, headers=_named(headers))

    return behave


def refuses(status: int, **headers: str) -> Behaviour:
    """An error that repeats the key, as some servers do."""
    return gives_raw(json.dumps({"error": {"message": f"No: {KEY}"}}).encode(), status=status, **headers)


def streams(*pieces: str, end: bytes = b"data: [DONE]\n\n", line: str = "\n", **last: Any) -> Behaviour:
    """Server-sent events, a piece each, in packets that cut them anywhere."""
    events = [{"model": "support-1-0811", "choices": [{"index": 0, "delta": {"content": each}}]} for each in pieces]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **last})
    sent = "".join(f"data: {json.dumps(each, ensure_ascii=False)}{line}{line}" for each in events).encode() + end

    async def behave(request: web.Request, _body: Json) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for start in range(0, len(sent), 37):
            await response.write(sent[start : start + 37])
        await response.write_eof()
        return response

    return behave


def waits_for(event: asyncio.Event, then: Behaviour) -> Behaviour:
    """Silent until the event is set."""

    async def behave(request: web.Request, body: Json) -> web.StreamResponse:
        await event.wait()
        return await then(request, body)

    return behave


async def drops(request: web.Request, _body: Json) -> web.StreamResponse:
    """The connection is cut."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def writes(sent: bytes) -> Behaviour:
    """Exactly these bytes on the wire, then the end."""

    async def behave(request: web.Request, _body: Json) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.write(sent)
        transport.close()
        return web.Response()

    return behave


async def never_ends(request: web.Request, _body: Json) -> web.StreamResponse:
    """A hundred megabytes, unless whoever asked hangs up before."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"choices": [{"message": {"content": "')
    try:
        for _ in range(100):
            await response.write(b"a" * 2**20)
    except ConnectionError:
        return response
    await response.write(b'"}}]}')
    return response


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}
