"""How the sandbox reaches the bot: signed as Slack signs, with Slack's patience."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox import socket_mode
from sandbox.refusals import Json
from sandbox.traffic import Entry
from sandbox.world import World

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """What the bot answered. `failure` is Slack's word for why there is no good answer; None: it was a 200."""

    status: int | None
    text: str
    failure: str | None
    headers: Mapping[str, str]
    ms: float

    def body(self) -> Any:
        """The JSON of the answer, {} when it is empty, None when it is neither."""
        if not self.text.strip():
            return {}
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


async def send_payload(world: World, entry: Entry, payload: Json) -> Reply:
    """An interaction: a form with one field that holds JSON."""
    return await send_form(world, entry, {"payload": json.dumps(payload, ensure_ascii=False)})


async def send_form(world: World, entry: Entry, form: Mapping[str, str]) -> Reply:
    """Nothing is sent to an app that is installed no more, whose buttons may still be there."""
    if not world.is_installed:
        entry.failure = "not_installed"
        return Reply(None, "", entry.failure, {}, 0.0)
    return await _send(world, entry, urlencode(form).encode(), FORM)


async def send_event(world: World, entry: Entry, body: Json, retry: Mapping[str, str]) -> Reply:
    return await _send(world, entry, json.dumps(body).encode(), "application/json", retry)


async def _send(
    world: World, entry: Entry, body: bytes, content_type: str, more: Mapping[str, str] | None = None
) -> Reply:
    """Signatures use real time, whatever the sandbox's clock says."""
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(world.app.signing_secret, timestamp, body),
        **(more or {}),
    }
    entry.raw = (body, headers)
    return await deliver(world, entry)


async def deliver(world: World, entry: Entry) -> Reply:
    """Sends the raw request of the entry, as it is, and records the answer."""
    began = time.perf_counter()
    reply = await _exchange(world, entry, began)
    entry.status, entry.ms, entry.failure = reply.status, reply.ms, reply.failure
    entry.answer = reply.body() if reply.status is not None else None
    return reply


async def _exchange(world: World, entry: Entry, began: float) -> Reply:
    def spent() -> float:
        return (time.perf_counter() - began) * 1000

    if world.app.socket_mode and entry.raw is not None:
        text, failure = await socket_mode.carry(world.stage, *entry.raw)
        return Reply(None if failure else 200, text, failure, {}, spent())
    if world.app.request_url is None or world.stage.session is None or entry.raw is None:
        return Reply(None, "", "connection_failed", {}, spent())
    body, headers = entry.raw
    try:
        async with (
            asyncio.timeout(world.ack_seconds),
            world.stage.session.post(world.app.request_url, data=body, headers=headers) as response,
        ):
            text = await response.text()
            failure = None if response.status == 200 else "http_error"
            return Reply(response.status, text, failure, response.headers, spent())
    except TimeoutError:
        return Reply(None, "", "http_timeout", {}, spent())
    except aiohttp.ClientError:
        return Reply(None, "", "connection_failed", {}, spent())
